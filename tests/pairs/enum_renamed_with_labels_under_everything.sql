-- renamed enum: public.level -> public.grade
-- renamed value: public.level low -> bottom
-- before
CREATE TYPE level AS ENUM ('low', 'mid', 'high');
CREATE TABLE t (id integer PRIMARY KEY, a level NOT NULL DEFAULT 'low', b level[] NOT NULL DEFAULT '{low}', c level DEFAULT 'mid', CONSTRAINT sane CHECK (a <> 'high' OR id > 0));
CREATE INDEX low_ones ON t (id) WHERE a = 'low';
-- after
CREATE TYPE grade AS ENUM ('high', 'mid', 'bottom');
CREATE TABLE t (id integer PRIMARY KEY, a grade NOT NULL DEFAULT 'bottom', b grade[] NOT NULL DEFAULT '{high}', c text DEFAULT 'mid', CONSTRAINT sane CHECK (a <> 'high' OR id > 10));
CREATE INDEX low_ones ON t (id) WHERE a = 'bottom';
-- rows
INSERT INTO t VALUES (1, 'low', '{low,mid}', 'low'), (20, 'high', '{}', NULL);
