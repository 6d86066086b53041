-- before
CREATE TYPE tag AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id integer PRIMARY KEY, tags tag[] NOT NULL DEFAULT '{a,b}', main tag DEFAULT 'a');
CREATE INDEX ON t USING gin (tags);
-- after
CREATE TYPE tag AS ENUM ('c', 'b');
CREATE TABLE t (id integer PRIMARY KEY, tags text[] NOT NULL DEFAULT '{a,b}', main tag DEFAULT 'b');
CREATE INDEX ON t USING gin (tags);
-- rows
INSERT INTO t VALUES (1, '{a,c}', 'c'), (2, '{}', 'b');
