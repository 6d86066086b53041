ALTER TABLE patients ALTER sex TYPE text;
DROP TYPE sex;
ALTER TABLE patients ADD CHECK (sex IN ('m', 'f', 'x'));
ALTER TABLE visits DROP CONSTRAINT visits_pkey;
ALTER TABLE visits ADD PRIMARY KEY (doctor, at, patient);
