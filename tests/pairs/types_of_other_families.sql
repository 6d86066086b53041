-- before
CREATE TABLE t (id integer PRIMARY KEY, a text, b text, c text, d integer, e text, f text, g integer, h bigint, i json, k text, l text);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer, b timestamptz, c uuid, d text, e jsonb, f numeric(8,3), g boolean, h numeric, i jsonb, k inet, l text[]);
-- rows
INSERT INTO t VALUES (1, '5', '2020-01-01', '6b1ffb0e-7dd4-4a9b-9d60-0e7d3d4b9f6a', 7, '{"a": [1]}', '1.5', 1, 3, '{"b": 2}', '10.0.0.1', '{x,y}');
INSERT INTO t (id) VALUES (2);
