-- renamed enum: public.mood -> feelings.feeling
-- renamed value: public.mood ok -> fine
-- only: AddNamespace RenameEnum ChangeEnumValues
-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood DEFAULT 'ok', ms mood[] DEFAULT ARRAY['sad'::mood], CHECK (m <> 'sad'));
CREATE INDEX ON t (id) WHERE m = 'ok';
-- after
CREATE SCHEMA feelings;
CREATE TYPE feelings.feeling AS ENUM ('sad', 'fine', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m feelings.feeling DEFAULT 'fine', ms feelings.feeling[] DEFAULT ARRAY['sad'::feelings.feeling], CHECK (m <> 'sad'));
CREATE INDEX ON t (id) WHERE m = 'fine';
-- rows
INSERT INTO t VALUES (1, 'ok', '{ok,sad}');
