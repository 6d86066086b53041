-- loud: view public.moods
-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'ok' UNIQUE, ms mood[] DEFAULT '{sad}', CHECK (m <> 'happy' OR id > 0),
   label text GENERATED ALWAYS AS (CASE WHEN m = 'sad' THEN 'low' ELSE 'high' END) STORED);
CREATE INDEX ON t (m) WHERE m = 'sad';
CREATE VIEW moods AS SELECT m FROM t;
-- after
CREATE TYPE mood AS ENUM ('happy', 'ok', 'sad');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'ok' UNIQUE, ms mood[] DEFAULT '{sad}', CHECK (m <> 'happy' OR id > 0),
   label text GENERATED ALWAYS AS (CASE WHEN m = 'sad' THEN 'low' ELSE 'high' END) STORED);
CREATE INDEX ON t (m) WHERE m = 'sad';
CREATE VIEW moods AS SELECT m FROM t;
-- rows
INSERT INTO t VALUES (1, 'sad', '{sad,happy}'), (2, 'happy', NULL);
