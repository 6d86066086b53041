-- renamed column: public.t.net -> public.t.amount
-- before
CREATE TABLE t (id integer PRIMARY KEY, net numeric(8,2) NOT NULL, tax numeric(8,2), gross numeric(9,2) GENERATED ALWAYS AS (net + tax) STORED, word text GENERATED ALWAYS AS (upper('n' || id)) STORED);
CREATE INDEX ON t (gross) WHERE net > 0;
ALTER TABLE t ADD CONSTRAINT sane CHECK (gross >= net);
-- after
CREATE TABLE t (id bigint PRIMARY KEY, amount numeric(12,2) NOT NULL, tax numeric(8,2), gross numeric(13,2) GENERATED ALWAYS AS (amount + tax) STORED, word text);
CREATE INDEX ON t (gross) WHERE amount > 0;
ALTER TABLE t ADD CONSTRAINT sane CHECK (gross >= amount);
-- rows
INSERT INTO t VALUES (1, 10, 2), (2, 0, NULL);
