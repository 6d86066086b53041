-- before
CREATE TYPE first AS ENUM ('a', 'b', 'c');
CREATE TYPE second AS ENUM ('b', 'c', 'd');
CREATE TYPE third AS ENUM ('c', 'b', 'e');
CREATE TABLE t (
  id integer PRIMARY KEY,
  one first NOT NULL DEFAULT 'b',
  two second DEFAULT 'c' CHECK (two <> 'd'),
  three third,
  stays first,
  many first[] NOT NULL DEFAULT '{b,c}',
  more second[]
);
COMMENT ON COLUMN t.one IS 'goes to the second';
CREATE INDEX ON t (one, two);
CREATE UNIQUE INDEX ON t (two, id) WHERE two = 'b';
-- after
CREATE TYPE first AS ENUM ('c', 'b');
CREATE TYPE second AS ENUM ('d', 'c', 'b');
CREATE TYPE third AS ENUM ('b', 'c');
CREATE TABLE t (
  id integer PRIMARY KEY,
  one second NOT NULL DEFAULT 'c',
  two third DEFAULT 'b' CHECK (two <> 'c'),
  three first NOT NULL,
  stays first,
  many second[] NOT NULL DEFAULT '{b,c}',
  more first[]
);
COMMENT ON COLUMN t.one IS 'goes to the second';
CREATE INDEX ON t (one, two);
CREATE UNIQUE INDEX ON t (two, id) WHERE two = 'b';
-- rows
INSERT INTO t VALUES (1, 'b', 'b', 'c', 'c', '{b,c}', '{}'), (2, 'c', NULL, 'b', NULL, '{}', '{b,NULL}');
