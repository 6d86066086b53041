-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, c integer CONSTRAINT u1 UNIQUE, d integer CONSTRAINT u2 UNIQUE);
CREATE INDEX i1 ON t (a);
CREATE INDEX i2 ON t (b);
CREATE INDEX i3 ON t (a, b);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, c integer CONSTRAINT u2 UNIQUE, d integer CONSTRAINT u1 UNIQUE);
CREATE INDEX i2 ON t (a);
CREATE INDEX i1 ON t (b);
CREATE INDEX i4 ON t (a, b);
