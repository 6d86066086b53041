-- loud: sequence public.t_id_seq
-- before
CREATE TABLE t (id serial PRIMARY KEY, b text);
-- after
CREATE TABLE t (id serial PRIMARY KEY, b varchar(20), c integer);
