-- before
CREATE TABLE t (id integer PRIMARY KEY, ref integer);
-- after
CREATE TABLE t (id integer PRIMARY KEY, ref uuid);
-- rows
INSERT INTO t VALUES (1, 7);
