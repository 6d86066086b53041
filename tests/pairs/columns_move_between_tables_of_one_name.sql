-- before
CREATE SCHEMA old;
CREATE TABLE old.items (id integer PRIMARY KEY, a text, b text);
CREATE TABLE items (id integer PRIMARY KEY, c text);
ALTER TABLE items ADD FOREIGN KEY (id) REFERENCES old.items ON DELETE CASCADE;
-- after
CREATE SCHEMA old;
CREATE TABLE old.items (id integer PRIMARY KEY, c text);
CREATE TABLE items (id integer PRIMARY KEY, a text, b text);
ALTER TABLE old.items ADD FOREIGN KEY (id) REFERENCES items ON DELETE CASCADE;
-- rows
INSERT INTO old.items VALUES (1, 'a', 'b'); INSERT INTO items VALUES (1, 'c');
