ALTER TABLE members ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE members ADD UNIQUE (number);
ALTER TABLE posts ADD COLUMN edited timestamptz, ADD COLUMN length integer GENERATED ALWAYS AS (length(body)) STORED;
ALTER TABLE posts ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC';
ALTER TABLE posts DROP COLUMN ip;
CREATE INDEX posts_long ON posts (length DESC NULLS LAST) WHERE length > 1000;
