-- data_types

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

-- Types

CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok',
    'it''s great'
);

-- Tables

CREATE TABLE public.samples (
    a_smallint smallint DEFAULT -1,
    an_int integer DEFAULT 42,
    an_integer integer DEFAULT 7,
    a_bigint bigint DEFAULT 9223372036854775807,
    a_decimal numeric(20,10) DEFAULT 12345678.0123456789,
    a_numeric numeric DEFAULT 0.1,
    a_float real DEFAULT 1.5,
    a_double double precision DEFAULT 1E+100,
    a_boolean boolean DEFAULT false,
    a_uuid uuid DEFAULT gen_random_uuid(),
    a_text text DEFAULT E'it''s C:\\temp',
    a_blob bytea,
    a_char char(2) DEFAULT 'CH',
    a_varchar varchar(30) DEFAULT 'two
lines',
    a_date date DEFAULT CURRENT_DATE,
    a_time time(0) DEFAULT '12:30:00',
    a_timestamp timestamp(3) DEFAULT '2026-01-31 23:59:59.999',
    a_datetime timestamp DEFAULT now(),
    a_timestamptz timestamptz DEFAULT CURRENT_TIMESTAMP,
    an_interval interval DEFAULT '1 day',
    a_json jsonb DEFAULT '{"quote":"it''s","numbers":[1,2.50],"none":null}',
    a_jsonb jsonb DEFAULT '[]',
    an_enum public.mood DEFAULT 'it''s great',
    a_native inet DEFAULT inet_client_addr(),
    an_expression timestamptz DEFAULT (now() + interval '1 day' -- tomorrow
),
    an_array numeric(10,2)[] DEFAULT (ARRAY[]::numeric[])
);
