-- loud: view public.v
-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'sad', n varchar(5), CHECK (m <> 'happy' OR id > 0));
CREATE INDEX ON t (m, id);
CREATE INDEX sad_ones ON t (id) WHERE m = 'sad';
CREATE VIEW v AS SELECT m, n FROM t;
-- after
CREATE TYPE mood AS ENUM ('sad', 'so so', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'so so', n text, CHECK (m <> 'happy' OR id > 0));
CREATE INDEX ON t (m, id);
CREATE INDEX sad_ones ON t (id) WHERE m = 'sad';
CREATE VIEW v AS SELECT m, n FROM t;
-- rows
INSERT INTO t VALUES (1, 'sad', 'a'), (2, 'happy', NULL);
