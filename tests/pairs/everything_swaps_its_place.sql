-- before
CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TYPE a.k AS ENUM ('x', 'y'); CREATE TYPE b.k AS ENUM ('y', 'z');
CREATE TABLE a.t (id integer PRIMARY KEY, k a.k DEFAULT 'x', v varchar(5));
CREATE TABLE b.t (id bigint PRIMARY KEY, k b.k DEFAULT 'z', v integer, a integer REFERENCES a.t);
-- after
CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TYPE a.k AS ENUM ('y', 'x'); CREATE TYPE b.k AS ENUM ('y', 'z');
CREATE TABLE a.t (id bigint PRIMARY KEY, k b.k DEFAULT 'y', v text, a bigint REFERENCES a.t);
CREATE TABLE b.t (id bigint PRIMARY KEY, k a.k DEFAULT 'x', v integer, a bigint REFERENCES a.t ON DELETE CASCADE);
-- rows
INSERT INTO a.t VALUES (1, NULL, 'one'), (2, NULL, NULL);
INSERT INTO b.t VALUES (10, NULL, 3, 1), (11, NULL, NULL, 2);
