-- loud: extension citext
-- before
CREATE EXTENSION citext;
CREATE TABLE t (id integer PRIMARY KEY, a text, b citext);
-- after
CREATE EXTENSION citext;
CREATE TABLE t (id integer PRIMARY KEY, a citext UNIQUE, b citext NOT NULL, c citext DEFAULT 'x');
-- rows
INSERT INTO t VALUES (1, 'a', 'b');
