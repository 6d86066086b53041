-- renamed column: public.t.amount -> public.t.total
-- loud: view public.v
-- loud: view public.w
-- before
CREATE TABLE t (id integer PRIMARY KEY, amount integer NOT NULL DEFAULT 0, name varchar(10));
CREATE VIEW v AS SELECT id, name FROM t;
CREATE VIEW w AS SELECT id FROM v WHERE name IS NOT NULL;
-- after
CREATE TABLE t (id bigint PRIMARY KEY, total numeric(10,2) NOT NULL DEFAULT 0, name text);
CREATE VIEW v AS SELECT id, name FROM t;
CREATE VIEW w AS SELECT id FROM v WHERE name IS NOT NULL;
-- rows
INSERT INTO t VALUES (1, 5, 'a');
