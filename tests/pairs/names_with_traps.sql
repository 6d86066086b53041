-- renamed table: "My Schema".select -> "My Schema"."SELECT"
-- before
CREATE SCHEMA "My Schema";
CREATE TABLE "My Schema"."select" ("order" integer PRIMARY KEY, "a.b" text, "quo""te" integer, "Größe" integer CHECK ("Größe" > 0), "日本" text, "per%cent" text);
CREATE INDEX "in dex" ON "My Schema"."select" ("a.b");
CREATE TYPE "My Schema"."Type" AS ENUM ('A b', 'c"d', 'e''f');
CREATE TABLE "Users" ("userId" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t "My Schema"."Type" DEFAULT 'A b');
COMMENT ON TABLE "Users" IS 'It''s 100% "quoted" \ {brace}';
-- after
CREATE SCHEMA "My Schema";
CREATE TABLE "My Schema"."SELECT" ("order" bigint PRIMARY KEY, "a.b" varchar(7), "quo""te" text, "Größe" bigint CHECK ("Größe" > 1), "日本" text NOT NULL DEFAULT '語', "per%cent" text UNIQUE);
CREATE INDEX "in dex" ON "My Schema"."SELECT" ("a.b") WHERE "Größe" > 3;
CREATE TYPE "My Schema"."Type" AS ENUM ('A b', 'new %s', 'c"d', 'e''f');
CREATE TABLE "Users" ("userId" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t "My Schema"."Type" DEFAULT 'e''f', "{first}" integer);
COMMENT ON TABLE "Users" IS 'It is 50% {first}';
-- rows
INSERT INTO "My Schema"."select" VALUES (1, 'x', 2, 3, 'y', 'p');
