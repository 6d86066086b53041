-- before
CREATE TABLE t (id integer PRIMARY KEY, a smallint, b varchar(10), c numeric(5,2), d timestamp(0), e char(3), f real, g text, h date, i varchar(5)[], j time);
CREATE INDEX ON t (a, b); CREATE INDEX ON t (c) WHERE c > 0;
-- after
CREATE TABLE t (id bigint PRIMARY KEY, a integer, b varchar(40), c numeric(9,2), d timestamp, e char(5), f double precision, g varchar, h timestamptz, i text[], j time(3));
CREATE INDEX ON t (a, b); CREATE INDEX ON t (c) WHERE c > 0;
-- rows
INSERT INTO t VALUES (1, 2, 'x', 1.25, '2020-01-01 10:00', 'abc', 1.5, 'g', '2020-01-01', '{a,b}', '10:00');
INSERT INTO t (id) VALUES (2);
