-- before
CREATE TABLE p (id integer PRIMARY KEY, alt integer UNIQUE);
CREATE TABLE q (id integer PRIMARY KEY);
CREATE TABLE c (x integer CONSTRAINT c_x_fkey REFERENCES p, self integer, id integer PRIMARY KEY);
-- after
CREATE TABLE p (id integer PRIMARY KEY, alt integer UNIQUE);
CREATE TABLE q (id integer PRIMARY KEY);
CREATE TABLE c (x integer CONSTRAINT c_x_fkey REFERENCES q, self integer REFERENCES c, id integer PRIMARY KEY);
-- rows
INSERT INTO p VALUES (1); INSERT INTO q VALUES (1); INSERT INTO c VALUES (1, 1, 1);
