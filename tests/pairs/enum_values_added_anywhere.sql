-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'sad', ms mood[], CHECK (m <> 'happy' OR id > 0));
CREATE INDEX ON t (m) WHERE m = 'sad';
-- after
CREATE TYPE mood AS ENUM ('awful', 'sad', 'so-so', 'happy', 'it''s great');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'so-so', ms mood[], CHECK (m <> 'happy' OR id > 0));
CREATE INDEX ON t (m) WHERE m = 'sad';
-- rows
INSERT INTO t VALUES (1, 'sad', '{sad,happy}'), (2, 'happy', NULL);
