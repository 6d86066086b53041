-- before
CREATE TABLE orders (id integer PRIMARY KEY, tenant integer NOT NULL);
CREATE TABLE lines (order_id integer REFERENCES orders, pos integer, PRIMARY KEY (order_id, pos));
-- after
CREATE TABLE orders (id integer, tenant integer, PRIMARY KEY (tenant, id));
CREATE TABLE lines (order_id integer, tenant integer, pos integer, PRIMARY KEY (order_id, pos),
    FOREIGN KEY (tenant, order_id) REFERENCES orders (tenant, id) ON DELETE CASCADE);
-- rows
INSERT INTO orders VALUES (1, 1), (2, 1); INSERT INTO lines VALUES (1, 1), (1, 2);
