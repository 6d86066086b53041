CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, name text, created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE products (id integer PRIMARY KEY, sku varchar(20) NOT NULL UNIQUE, title text NOT NULL, price numeric(8,2) NOT NULL CHECK (price >= 0), stock integer NOT NULL DEFAULT 0);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status order_status NOT NULL DEFAULT 'new', placed_at timestamp NOT NULL DEFAULT now());
CREATE TABLE order_lines (order_id bigint REFERENCES orders ON DELETE CASCADE, product_id integer REFERENCES products, quantity integer NOT NULL CHECK (quantity > 0), price numeric(8,2) NOT NULL, PRIMARY KEY (order_id, product_id));
CREATE TABLE addresses (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE, street text, city text, zip varchar(10));
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (placed_at) WHERE status = 'new';
CREATE INDEX ON addresses (customer_id);
