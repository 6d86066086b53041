-- before
CREATE TABLE t (id integer PRIMARY KEY, x integer);
-- after
CREATE TABLE t (id integer NOT NULL, x integer);
