-- before
CREATE TABLE t (id integer PRIMARY KEY, w integer, h integer, area integer GENERATED ALWAYS AS (w * h) STORED, plain integer, was integer GENERATED ALWAYS AS (w + 1) STORED UNIQUE);
CREATE INDEX ON t (area);
-- after
CREATE TABLE t (id integer PRIMARY KEY, w bigint, h integer, area bigint GENERATED ALWAYS AS (w * h * 2) STORED, plain integer GENERATED ALWAYS AS (h - 1) STORED, was integer UNIQUE);
CREATE INDEX ON t (area);
-- rows
INSERT INTO t (id, w, h, plain) VALUES (1, 2, 3, 9), (2, 5, NULL, NULL);
