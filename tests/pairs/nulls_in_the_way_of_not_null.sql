-- refused: ROWS_DO_NOT_FIT
-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL);
-- rows
INSERT INTO t VALUES (1, NULL);
