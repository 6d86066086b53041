-- renamed column: public.t.a -> public.t.z
-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL CHECK (a > 0), b text, c integer GENERATED ALWAYS AS (a + 1) STORED);
CREATE INDEX i ON t (b) WHERE a > 1;
-- after
CREATE TABLE t (id integer PRIMARY KEY, z bigint CHECK (z > 0), b text, c integer GENERATED ALWAYS AS (z + 2) STORED, a text);
CREATE INDEX i ON t (b, z) WHERE z > 1;
CREATE INDEX j ON t (a);
-- rows
INSERT INTO t VALUES (1, 2, 'x');
