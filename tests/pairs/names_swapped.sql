-- renamed table: public.one -> public.two
-- renamed table: public.two -> public.one
-- renamed column: public.one.a -> public.two.b
-- renamed column: public.one.b -> public.two.a
-- renamed column: public.two.c -> public.one.c
-- renamed column: public.two.d -> public.one.d
-- only: RenameTable RenameColumn RenamePrimaryKey
-- before
CREATE TABLE one (id integer PRIMARY KEY, a integer, b text);
CREATE TABLE two (id integer PRIMARY KEY, c integer, d text);
-- after
CREATE TABLE two (id integer PRIMARY KEY, b integer, a text);
CREATE TABLE one (id integer PRIMARY KEY, c integer, d text);
-- rows
INSERT INTO one VALUES (1, 1, 'x'); INSERT INTO two VALUES (2, 2, 'y');
