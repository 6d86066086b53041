-- renamed table: public.orders -> sales.purchases
-- renamed table: public.people -> public.customers
-- renamed column: public.orders.amount -> sales.purchases.total
-- renamed column: public.orders.total -> sales.purchases.amount
-- renamed column: public.people.name -> public.customers.title
-- renamed enum: public.mood -> public.feeling
-- renamed value: public.mood sad -> blue
-- renamed value: public.mood blue -> sad
-- loud: view public.v
-- loud: view public.w
-- loud: policy public.orders.own
-- loud: policy sales.purchases.own
-- before
CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('sad', 'blue', 'ok');
CREATE TABLE people (id integer PRIMARY KEY, name varchar(10), mood mood);
CREATE TABLE orders (
  id integer PRIMARY KEY, person integer REFERENCES people, amount integer, total numeric, kind varchar(5)
);
CREATE VIEW v AS
  SELECT o.amount, o.total, p.name, o.kind FROM orders o JOIN people p ON p.id = o.person
   WHERE p.mood = 'sad';
CREATE VIEW w AS SELECT amount + 1 AS next FROM v WHERE total > 2 AND kind <> '';
CREATE POLICY own ON orders USING (kind = 'x' AND amount > 1);
-- after
CREATE SCHEMA sales;
CREATE TYPE feeling AS ENUM ('blue', 'sad', 'ok');
CREATE TABLE customers (id integer PRIMARY KEY, title text, mood feeling);
CREATE TABLE sales.purchases (
  id integer PRIMARY KEY, person integer REFERENCES customers, total integer, amount numeric, kind text
);
CREATE VIEW v AS
  SELECT o.total AS amount, o.amount AS total, p.title AS name, o.kind
    FROM sales.purchases o JOIN customers p ON p.id = o.person
   WHERE p.mood = 'blue';
CREATE VIEW w AS SELECT amount + 1 AS next FROM v WHERE total > 2 AND kind <> '';
CREATE POLICY own ON sales.purchases USING (kind = 'x' AND total > 1);
-- rows
INSERT INTO people VALUES (1, 'a', 'sad');
INSERT INTO orders VALUES (1, 1, 5, 7, 'x');
