-- before
CREATE TABLE a (id integer PRIMARY KEY, code text NOT NULL UNIQUE, region integer);
CREATE TABLE b (a_id integer REFERENCES a, note text);
-- after
CREATE TABLE a (id integer NOT NULL UNIQUE, code text PRIMARY KEY, region integer);
CREATE TABLE b (a_id integer REFERENCES a (id), note text);
-- rows
INSERT INTO a VALUES (1, 'x', 1), (2, 'y', NULL); INSERT INTO b VALUES (1, 'n');
