-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, CONSTRAINT t_a_key UNIQUE (a));
CREATE UNIQUE INDEX t_b_key ON t (b);
CREATE TABLE r (a integer REFERENCES t (a));
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, CONSTRAINT t_b_key UNIQUE (b));
CREATE UNIQUE INDEX t_a_key ON t (a);
CREATE TABLE r (a integer REFERENCES t (a));
-- rows
INSERT INTO t VALUES (1, 1, 1), (2, 2, 2); INSERT INTO r VALUES (1);
