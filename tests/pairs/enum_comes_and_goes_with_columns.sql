-- before
CREATE TYPE old AS ENUM ('a', 'b');
CREATE TABLE t (id integer PRIMARY KEY, o old DEFAULT 'a');
CREATE TABLE u (o old PRIMARY KEY);
-- after
CREATE TYPE new AS ENUM ('a', 'c');
COMMENT ON TYPE new IS 'Newer.';
CREATE TABLE t (id integer PRIMARY KEY, n new DEFAULT 'a');
CREATE TABLE v (o new PRIMARY KEY);
-- rows
INSERT INTO t VALUES (1, 'b'); INSERT INTO u VALUES ('a');
