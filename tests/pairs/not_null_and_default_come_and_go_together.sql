-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer DEFAULT 3, b text NOT NULL DEFAULT 'x', c boolean, d uuid DEFAULT gen_random_uuid());
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL DEFAULT 4, b text, c boolean NOT NULL DEFAULT false, d uuid NOT NULL);
-- rows
INSERT INTO t VALUES (1, 5, 'y', true, gen_random_uuid()), (2, 6, 'z', false, gen_random_uuid());
