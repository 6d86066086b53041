-- loud: view public.joined
-- loud: view public.above
-- before
CREATE TABLE p (id integer PRIMARY KEY, code varchar(10) UNIQUE CHECK (length(code) > 1));
CREATE TABLE c (id integer PRIMARY KEY, p_id integer NOT NULL REFERENCES p ON DELETE CASCADE, p_code varchar(10) REFERENCES p (code));
CREATE INDEX ON c (p_id) WHERE p_id > 0;
CREATE VIEW joined AS SELECT c.id, p.code FROM c JOIN p ON p.id = c.p_id;
CREATE VIEW above AS SELECT id FROM joined;
-- after
CREATE TABLE p (id bigint PRIMARY KEY, code text UNIQUE CHECK (length(code) > 1));
CREATE TABLE c (id integer PRIMARY KEY, p_id bigint NOT NULL REFERENCES p ON DELETE CASCADE, p_code text REFERENCES p (code));
CREATE INDEX ON c (p_id) WHERE p_id > 0;
CREATE VIEW joined AS SELECT c.id, p.code FROM c JOIN p ON p.id = c.p_id;
CREATE VIEW above AS SELECT id FROM joined;
-- rows
INSERT INTO p VALUES (1, 'ab'); INSERT INTO c VALUES (1, 1, 'ab');
