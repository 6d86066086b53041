-- before
CREATE TABLE t (id integer PRIMARY KEY, name text);
CREATE TABLE u (id integer PRIMARY KEY, t integer REFERENCES t);
-- after
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
CREATE TABLE u (id integer PRIMARY KEY, t uuid REFERENCES t);
-- rows
SELECT 1;
