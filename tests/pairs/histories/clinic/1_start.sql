CREATE TYPE sex AS ENUM ('m', 'f');
CREATE TYPE visit_kind AS ENUM ('first', 'control', 'emergency', 'phone');
CREATE TABLE patients (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, sex sex, born date NOT NULL, insurance varchar(30), weight real, UNIQUE (name, born));
CREATE TABLE visits (patient uuid REFERENCES patients, at timestamptz, kind visit_kind NOT NULL DEFAULT 'first', doctor integer NOT NULL, minutes integer NOT NULL CHECK (minutes > 0), PRIMARY KEY (patient, at));
CREATE TABLE doctors (id integer PRIMARY KEY, name text NOT NULL, fields text[] NOT NULL DEFAULT ARRAY['general']);
ALTER TABLE visits ADD FOREIGN KEY (doctor) REFERENCES doctors;
CREATE INDEX visits_by_day ON visits (date_trunc('day', at AT TIME ZONE 'UTC'), doctor);
