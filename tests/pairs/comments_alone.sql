-- only: DescribeEnum DescribeTable DescribeColumn
-- before
CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id integer PRIMARY KEY, a e); COMMENT ON TABLE t IS 'T.'; COMMENT ON COLUMN t.a IS 'A.';
-- after
CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id integer PRIMARY KEY, a e); COMMENT ON TYPE e IS 'E''s.'; COMMENT ON COLUMN t.id IS 'I.'; COMMENT ON COLUMN t.a IS 'B.';
