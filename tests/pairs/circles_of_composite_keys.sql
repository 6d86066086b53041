-- before
CREATE TABLE a (x integer, y integer, PRIMARY KEY (x, y));
CREATE TABLE b (x integer, y integer, ax integer, ay integer, PRIMARY KEY (x, y), FOREIGN KEY (ax, ay) REFERENCES a ON DELETE SET NULL);
ALTER TABLE a ADD bx integer, ADD by integer, ADD FOREIGN KEY (bx, by) REFERENCES b;
-- after
CREATE TABLE a (x bigint, y integer, PRIMARY KEY (y, x));
CREATE TABLE b (x integer, y integer, ax bigint, ay integer, PRIMARY KEY (x), UNIQUE (x, y), FOREIGN KEY (ay, ax) REFERENCES a ON DELETE CASCADE);
ALTER TABLE a ADD bx integer, ADD by integer, ADD FOREIGN KEY (bx, by) REFERENCES b (x, y) DEFERRABLE;
-- rows
INSERT INTO a VALUES (1, 2, NULL, NULL); INSERT INTO b VALUES (3, 4, 1, 2); UPDATE a SET bx = 3, by = 4;
