-- refused: ROWS_DO_NOT_FIT
-- before
CREATE TABLE t (id integer PRIMARY KEY, a text);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer);
-- rows
INSERT INTO t VALUES (1, 'no number');
