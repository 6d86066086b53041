-- before
CREATE TABLE p (id integer PRIMARY KEY, a integer, b integer, UNIQUE (a, b));
CREATE TABLE c (
    id integer PRIMARY KEY, a integer, b integer, n integer, t text,
    CONSTRAINT positive CHECK (n > 0),
    CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE CASCADE,
    CONSTRAINT uq UNIQUE (t)
);
-- after
CREATE TABLE p (id integer PRIMARY KEY, a integer, b integer, UNIQUE (b, a));
CREATE TABLE c (
    id integer PRIMARY KEY, a integer, b integer, n integer, t text,
    CONSTRAINT positive CHECK (n >= 0 AND n < 1000),
    CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE SET NULL ON UPDATE RESTRICT,
    CONSTRAINT uq UNIQUE (t, n),
    CHECK (a IS NULL OR b IS NOT NULL)
);
-- rows
INSERT INTO p VALUES (1, 1, 2), (2, 2, 2); INSERT INTO c VALUES (1, 1, 2, 5, 'x'), (2, NULL, NULL, 6, 'y');
