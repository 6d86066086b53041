-- before
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL DEFAULT 'red', b colour, c text[]);
-- after
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TABLE t (id integer PRIMARY KEY, a colour NOT NULL DEFAULT 'red', b text DEFAULT 'green', c colour[]);
-- rows
INSERT INTO t VALUES (1, 'red', 'green', '{red}');
