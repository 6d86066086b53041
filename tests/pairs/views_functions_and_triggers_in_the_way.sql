-- loud: function public.stamp()
-- loud: trigger public.t.stamping
-- loud: view public.v
-- loud: materialized view public.m
-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer, b text, gone text);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := 'stamped'; RETURN NEW; END $$;
CREATE TRIGGER stamping BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION stamp();
CREATE VIEW v AS SELECT id, a FROM t WHERE a > 1;
COMMENT ON VIEW v IS 'Seen.';
CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM v GROUP BY a;
CREATE UNIQUE INDEX ON m (a);
GRANT SELECT ON v TO PUBLIC;
-- after
CREATE TABLE t (id integer PRIMARY KEY, a bigint, b text);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := 'stamped'; RETURN NEW; END $$;
CREATE TRIGGER stamping BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION stamp();
CREATE VIEW v AS SELECT id, a FROM t WHERE a > 1;
COMMENT ON VIEW v IS 'Seen.';
CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM v GROUP BY a;
CREATE UNIQUE INDEX ON m (a);
GRANT SELECT ON v TO PUBLIC;
-- rows
INSERT INTO t VALUES (1, 5, 'x', 'y');
