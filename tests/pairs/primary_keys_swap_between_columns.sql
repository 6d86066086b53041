-- before
CREATE TABLE a (x integer PRIMARY KEY, y integer NOT NULL UNIQUE);
CREATE TABLE b (ax integer REFERENCES a, ay integer REFERENCES a (y));
CREATE UNIQUE INDEX b_ax ON b (ax);
-- after
CREATE TABLE a (x integer NOT NULL UNIQUE, y integer PRIMARY KEY);
CREATE TABLE b (ax integer REFERENCES a (x), ay integer REFERENCES a, PRIMARY KEY (ax));
-- rows
INSERT INTO a VALUES (1, 10), (2, 20);
INSERT INTO b VALUES (1, 20), (2, 10);
