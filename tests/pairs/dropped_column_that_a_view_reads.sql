-- loud: view public.v
-- refused: PLAN_BLOCKED
-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer);
CREATE VIEW v AS SELECT id, a FROM t;
-- after
CREATE TABLE t (id integer PRIMARY KEY);
CREATE VIEW v AS SELECT id, 1 AS a FROM t;
-- rows
INSERT INTO t VALUES (1, 5);
