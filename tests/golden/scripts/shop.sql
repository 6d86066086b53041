-- shop

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

-- Namespaces

CREATE SCHEMA sales;

-- Types

CREATE TYPE sales.order_status AS ENUM (
    'draft',
    'paid',
    'shipped'
);

-- Tables

CREATE TABLE public.products (
    shop_id integer NOT NULL,
    sku varchar(40) NOT NULL,
    "name" text NOT NULL,
    price numeric(12,2) NOT NULL,
    tax numeric(4,3) NOT NULL DEFAULT 0.081,
    gross numeric(14,4) GENERATED ALWAYS AS (price * (1 + tax) -- what customers see
) STORED,
    tags jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT products_key PRIMARY KEY (sku, shop_id),
    CONSTRAINT products_shop_id_name_key UNIQUE (shop_id, "name"),
    CONSTRAINT price_is_positive CHECK (price > 0 -- free things are gifts
),
    CONSTRAINT products_tax_check CHECK (tax >= 0 AND tax < 1)
);

CREATE TABLE sales.orders (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    shop_id integer NOT NULL,
    sku varchar(40) NOT NULL,
    status sales.order_status NOT NULL DEFAULT 'draft',
    CONSTRAINT orders_pkey PRIMARY KEY (id)
);

-- Indexes

CREATE INDEX products_cheap
    ON public.products (price)
    INCLUDE ("name", sku)
    WHERE (price < 10);

CREATE UNIQUE INDEX products_shop_id_lower_idx
    ON public.products (shop_id, (lower(name)) DESC NULLS LAST);

CREATE INDEX products_tags_idx
    ON public.products USING gin (tags);

CREATE INDEX orders_sku_shop_id_idx
    ON sales.orders (sku, shop_id);

-- Foreign keys

ALTER TABLE sales.orders
    ADD CONSTRAINT orders_sku_shop_id_fkey
    FOREIGN KEY (sku, shop_id)
    REFERENCES public.products (sku, shop_id)
    ON DELETE RESTRICT
    ON UPDATE CASCADE
    DEFERRABLE;

-- Comments

COMMENT ON SCHEMA public IS 'What everybody shares';
COMMENT ON SCHEMA sales IS 'What customers order';
COMMENT ON TYPE sales.order_status IS 'Where an order stands';
COMMENT ON TABLE public.products IS 'What can be ordered';
COMMENT ON COLUMN public.products.sku IS 'Printed on the box';
