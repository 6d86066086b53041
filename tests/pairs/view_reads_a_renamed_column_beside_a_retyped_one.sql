-- renamed column: public.t.amount -> public.t.total
-- loud: view public.v
-- before
CREATE TABLE t (id integer PRIMARY KEY, amount integer NOT NULL DEFAULT 0, name varchar(10));
CREATE VIEW v AS SELECT id, name, amount FROM t;
GRANT SELECT ON v TO PUBLIC;
-- after
CREATE TABLE t (id integer PRIMARY KEY, total integer NOT NULL DEFAULT 0, name integer, amount text);
CREATE VIEW v AS SELECT id, name, total AS amount FROM t;
GRANT SELECT ON v TO PUBLIC;
-- rows
INSERT INTO t VALUES (1, 5, '7');
