-- before
CREATE TABLE t (id integer PRIMARY KEY, x integer);
CREATE TABLE u (id integer CONSTRAINT u_key PRIMARY KEY, x integer);
-- after
CREATE TABLE t (id integer, x integer);
CREATE TABLE u (id integer CONSTRAINT other_key PRIMARY KEY, x integer);
