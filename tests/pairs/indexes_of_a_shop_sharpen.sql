-- before
CREATE TABLE p (id integer PRIMARY KEY, sku text, price numeric(8,2), tags text[], gone_at timestamptz, doc jsonb);
CREATE UNIQUE INDEX p_sku ON p (sku);
CREATE INDEX p_price ON p (price);
CREATE INDEX p_tags ON p USING gin (tags);
CREATE INDEX p_name ON p ((doc ->> 'name'));
-- after
CREATE TABLE p (id integer PRIMARY KEY, sku text, price numeric(8,2), tags text[], gone_at timestamptz, doc jsonb);
CREATE UNIQUE INDEX p_sku ON p (lower(sku)) WHERE gone_at IS NULL;
CREATE INDEX p_price ON p (price DESC NULLS LAST) INCLUDE (sku) WHERE price > 0;
CREATE INDEX p_tags ON p USING gin (tags, doc);
CREATE INDEX p_name ON p (lower(doc ->> 'name'), id);
CREATE INDEX p_hash ON p USING hash (sku);
CREATE INDEX p_brin ON p USING brin (gone_at);
-- rows
INSERT INTO p VALUES (1, 'A', 1, '{x}', NULL, '{"name": "N"}'), (2, 'B', 2, NULL, now(), NULL);
