-- before
CREATE TYPE k AS ENUM ('a', 'b', 'c');
CREATE TABLE t (x k NOT NULL DEFAULT 'a', y k NOT NULL, z k, n integer, many k[] NOT NULL DEFAULT '{a,b}', PRIMARY KEY (x, y), UNIQUE (y, n));
CREATE INDEX both_of ON t (y, z) INCLUDE (x);
CREATE TABLE u (x k, y k, FOREIGN KEY (x, y) REFERENCES t, CHECK (x <> 'c'));
-- after
CREATE TYPE k AS ENUM ('c', 'a');
CREATE TABLE t (x k NOT NULL, y k NOT NULL DEFAULT 'c', z k NOT NULL, n bigint, many k[], PRIMARY KEY (x, y), UNIQUE (y, n));
CREATE INDEX both_of ON t (y, z) INCLUDE (x);
CREATE TABLE u (x k, y k, FOREIGN KEY (x, y) REFERENCES t ON DELETE CASCADE, CHECK (x <> 'c'));
-- rows
INSERT INTO t VALUES ('a', 'c', 'a', 1, '{a,c}'), ('c', 'a', 'c', 2, '{}');
INSERT INTO u VALUES ('a', 'c');
