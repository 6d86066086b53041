-- renamed column: public.items.size -> public.items.extent
-- before
CREATE TABLE items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    size integer NOT NULL DEFAULT 3 UNIQUE CHECK (size > 0),
    doubled integer GENERATED ALWAYS AS (size * 2) STORED,
    note text,
    CONSTRAINT big_enough CHECK (size + length(note) > 1)
);
CREATE INDEX items_big ON items (note) WHERE size > 10;
CREATE INDEX items_expression ON items ((size + 1), note);
CREATE INDEX ON items (size) INCLUDE (note);
COMMENT ON COLUMN items.size IS 'How big it is.';
-- after
CREATE TABLE items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    extent integer NOT NULL DEFAULT 3 UNIQUE CHECK (extent > 0),
    doubled integer GENERATED ALWAYS AS (extent * 2) STORED,
    note text,
    CONSTRAINT big_enough CHECK (extent + length(note) > 1)
);
CREATE INDEX items_big ON items (note) WHERE extent > 10;
CREATE INDEX items_expression ON items ((extent + 1), note);
CREATE INDEX ON items (extent) INCLUDE (note);
COMMENT ON COLUMN items.extent IS 'How big it is.';
-- rows
INSERT INTO items (size, note) VALUES (1, 'one'), (20, 'twenty'), (5, NULL);
