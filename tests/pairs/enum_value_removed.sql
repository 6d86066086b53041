-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood DEFAULT 'ok');
CREATE TABLE u (id integer PRIMARY KEY, m mood[] NOT NULL DEFAULT '{}');
-- after
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood DEFAULT 'sad');
CREATE TABLE u (id integer PRIMARY KEY, m mood[] NOT NULL DEFAULT '{}');
-- rows
INSERT INTO t VALUES (1, 'sad'), (2, NULL); INSERT INTO u VALUES (1, '{happy}');
