-- before
CREATE SCHEMA "Odd Place";
CREATE TYPE "Odd Place"."Kind Of" AS ENUM ('it''s', 'two words', 'ÜBER', 'gone');
CREATE TABLE "Odd Place".a ("Kind" "Odd Place"."Kind Of", "select" integer, PRIMARY KEY ("Kind", "select"));
CREATE TABLE b (id integer PRIMARY KEY, "Kind" "Odd Place"."Kind Of" NOT NULL DEFAULT 'it''s', n integer NOT NULL, FOREIGN KEY ("Kind", n) REFERENCES "Odd Place".a ON UPDATE CASCADE);
CREATE INDEX ON b ("Kind" DESC NULLS LAST) INCLUDE (n) WHERE "Kind" > 'it''s';
-- after
CREATE SCHEMA "Odd Place";
CREATE TYPE "Odd Place"."Kind Of" AS ENUM ('ÜBER', 'it''s', 'two words', 'new');
CREATE TABLE "Odd Place".a ("Kind" "Odd Place"."Kind Of", "select" integer, PRIMARY KEY ("Kind", "select"));
CREATE TABLE b (id integer PRIMARY KEY, "Kind" "Odd Place"."Kind Of" NOT NULL DEFAULT 'two words', n integer NOT NULL, FOREIGN KEY ("Kind", n) REFERENCES "Odd Place".a ON UPDATE CASCADE);
CREATE INDEX ON b ("Kind" DESC NULLS LAST) INCLUDE (n) WHERE "Kind" > 'it''s';
-- rows
INSERT INTO "Odd Place".a VALUES ('it''s', 1), ('ÜBER', 2);
INSERT INTO b VALUES (1, 'it''s', 1), (2, 'ÜBER', 2);
