-- loud: domain public.email
-- before
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TABLE t (id integer PRIMARY KEY, a integer[], b inet, c tsvector, d int4range, e bit(3), f money, g point, h xml, i macaddr);
-- after
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TABLE t (id integer PRIMARY KEY, a bigint[], b cidr, c tsvector NOT NULL DEFAULT '', d int8range, e bit varying(5), f money, g point, i macaddr8, mail email, grid integer[][]);
