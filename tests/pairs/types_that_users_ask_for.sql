-- before
CREATE TABLE t (id integer PRIMARY KEY, a boolean NOT NULL DEFAULT true, b timestamp DEFAULT now(), c varchar(8)[], d json, e numeric(12,4) DEFAULT 1.5, f text DEFAULT '7', g char(3) DEFAULT 'abc', h date, i time, j real, k bytea, l interval);
-- after
CREATE TABLE t (id bigint PRIMARY KEY, a integer NOT NULL DEFAULT 1, b date DEFAULT CURRENT_DATE, c text[], d text, e integer DEFAULT 2, f smallint DEFAULT 8, g varchar(10) DEFAULT 'abcd', h timestamptz, i interval, j numeric(10,2), k text, l text);
-- rows
SELECT 1;
