-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer CHECK (a > 0)); CREATE INDEX i ON t (a);
COMMENT ON INDEX i IS 'Index.'; COMMENT ON CONSTRAINT t_a_check ON t IS 'Check.';
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer CHECK (a > 0), b integer); CREATE INDEX i ON t (a);
COMMENT ON INDEX i IS 'Index.'; COMMENT ON CONSTRAINT t_a_check ON t IS 'Check.';
