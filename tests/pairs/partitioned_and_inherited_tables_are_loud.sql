-- loud: partitioned table public.parts
-- loud: partition public.parts_2020
-- loud: inherited table public.heir
-- before
CREATE TABLE plain (id integer PRIMARY KEY);
CREATE TABLE parts (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_2020 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE base (a integer);
CREATE TABLE heir (b integer) INHERITS (base);
-- after
CREATE TABLE plain (id bigint PRIMARY KEY, x text);
CREATE TABLE parts (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_2020 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE base (a integer);
CREATE TABLE heir (b integer) INHERITS (base);
