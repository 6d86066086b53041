-- before
CREATE TABLE kept (id integer PRIMARY KEY, name text);
CREATE TABLE gone (id integer PRIMARY KEY, kept_id integer NOT NULL REFERENCES kept ON DELETE CASCADE);
CREATE INDEX ON gone (kept_id);
-- after
CREATE TABLE kept (id integer PRIMARY KEY, name text);
CREATE TABLE come (a integer, b integer, kept_id integer REFERENCES kept, PRIMARY KEY (b, a));
CREATE TABLE bare ();
-- rows
INSERT INTO kept VALUES (1, 'a'), (2, NULL); INSERT INTO gone VALUES (7, 1), (8, 2);
