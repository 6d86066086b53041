ALTER TABLE visits ADD ends timestamptz;
ALTER TABLE visits ADD CHECK (ends IS NULL OR ends > at);
ALTER TABLE visits ADD length interval GENERATED ALWAYS AS (make_interval(mins => minutes)) STORED;
ALTER TABLE visits ALTER minutes SET DEFAULT 15;
ALTER TABLE patients ALTER insurance TYPE varchar(60);
ALTER TABLE patients DROP CONSTRAINT patients_name_born_key;
CREATE UNIQUE INDEX patients_name_born_key ON patients (lower(name), born);
CREATE TABLE doctor_fields (doctor integer REFERENCES doctors ON DELETE CASCADE, field text, PRIMARY KEY (doctor, field));
ALTER TABLE doctors ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 1);
