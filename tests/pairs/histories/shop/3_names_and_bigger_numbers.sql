-- renamed column: public.customers.name -> public.customers.full_name
-- renamed column: public.products.stock -> public.products.on_hand
-- renamed table: public.order_lines -> public.order_items
ALTER TABLE customers RENAME name TO full_name;
ALTER TABLE products RENAME stock TO on_hand;
ALTER TABLE products ADD CONSTRAINT on_hand_is_there CHECK (on_hand >= 0);
ALTER TABLE products ALTER price TYPE numeric(12,2);
ALTER TABLE order_lines RENAME TO order_items;
ALTER TABLE order_items ALTER price TYPE numeric(12,2);
ALTER TABLE order_items ADD COLUMN total numeric(14,2) GENERATED ALWAYS AS (quantity * price) STORED;
ALTER TABLE addresses ADD COLUMN country char(2) NOT NULL DEFAULT 'DE';
ALTER TABLE addresses ALTER zip TYPE text;
