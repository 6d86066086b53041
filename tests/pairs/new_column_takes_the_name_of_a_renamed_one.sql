-- renamed column: public.t.a -> public.t.b
-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer CHECK (a > 0), b integer);
CREATE INDEX i ON t (a) WHERE b IS NULL;
-- after
CREATE TABLE t (id integer PRIMARY KEY, b integer CHECK (b > 0), a text CHECK (a <> ''));
CREATE INDEX i ON t (b) WHERE a IS NULL;
-- rows
INSERT INTO t VALUES (1, 2, 3);
