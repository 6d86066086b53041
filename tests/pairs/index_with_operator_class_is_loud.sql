-- loud: index option public.i
-- before
CREATE TABLE t (id integer PRIMARY KEY, a text);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a text, b text);
CREATE INDEX i ON t (a text_pattern_ops);
