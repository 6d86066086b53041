-- renamed enum: public.level -> public.grade
-- before
CREATE TYPE level AS ENUM ('low', 'high');
CREATE TABLE t (id integer PRIMARY KEY, a level NOT NULL DEFAULT 'low', CONSTRAINT sane CHECK (a <> 'high' OR id > 0));
-- after
CREATE TYPE grade AS ENUM ('low', 'high');
CREATE TABLE t (id integer PRIMARY KEY, a grade NOT NULL DEFAULT 'high', CONSTRAINT sane CHECK (a <> 'high' OR id > 10));
-- rows
INSERT INTO t VALUES (1, 'low'), (20, 'high');
