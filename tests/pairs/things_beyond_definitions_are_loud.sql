-- since: 15
-- loud: constraint option public.t.t_r_excl
-- loud: constraint option public.t.late
-- loud: constraint option public.t.t_a_id_key
-- loud: index option public.t_a_id_key
-- loud: sequence public.loose
-- loud: table option public.quick
-- loud: table option public.secured
-- loud: column option public.secured.c
-- loud: policy public.secured.p
-- loud: statistics public.s
-- loud: composite type public.pair
-- loud: rule public.t.r
-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer, r int4range, EXCLUDE USING gist (r WITH &&), CONSTRAINT late UNIQUE (a) DEFERRABLE, UNIQUE NULLS NOT DISTINCT (a, id));
CREATE SEQUENCE loose;
CREATE UNLOGGED TABLE quick (id integer PRIMARY KEY);
CREATE TABLE secured (id integer PRIMARY KEY, c text COLLATE "C");
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON secured USING (id > 0);
CREATE STATISTICS s ON id, a FROM t;
CREATE TYPE pair AS (x integer, y integer);
CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING;
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer, r int4range, n text, EXCLUDE USING gist (r WITH &&), CONSTRAINT late UNIQUE (a) DEFERRABLE, UNIQUE NULLS NOT DISTINCT (a, id));
CREATE SEQUENCE loose;
CREATE UNLOGGED TABLE quick (id integer PRIMARY KEY);
CREATE TABLE secured (id integer PRIMARY KEY, c text COLLATE "C");
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON secured USING (id > 0);
CREATE STATISTICS s ON id, a FROM t;
CREATE TYPE pair AS (x integer, y integer);
CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING;
