-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer NOT NULL, c text NOT NULL DEFAULT 'x');
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL, b integer, c text DEFAULT 'x');
-- rows
INSERT INTO t VALUES (1, 2, 3), (2, 4, 5);
