-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer, b text, c jsonb, d timestamptz, e integer[]);
CREATE INDEX one ON t (a);
CREATE INDEX two ON t (b) WHERE a > 3;
CREATE UNIQUE INDEX three ON t (lower(b));
CREATE INDEX four ON t USING gin (c);
CREATE INDEX five ON t (a DESC, b NULLS FIRST) INCLUDE (d);
CREATE INDEX six ON t USING hash (b);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer, b text, c jsonb, d timestamptz, e integer[]);
CREATE UNIQUE INDEX one ON t (a);
CREATE INDEX two ON t (b) WHERE a > 4 AND b IS NOT NULL;
CREATE UNIQUE INDEX three ON t (upper(b), a);
CREATE INDEX four ON t USING gin (e);
CREATE INDEX five ON t (a DESC NULLS LAST, b) INCLUDE (d, c);
CREATE INDEX six ON t USING brin (d);
CREATE INDEX seven ON t ((c ->> 'name'), (a + id));
-- rows
INSERT INTO t VALUES (1, 1, 'a', '{"x": 1}', now(), '{1,2}'), (2, NULL, NULL, NULL, NULL, NULL);
