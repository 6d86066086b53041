CREATE TABLE revisions (page_id integer REFERENCES pages ON DELETE CASCADE, number integer, editor text REFERENCES editors ON UPDATE CASCADE, text text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (page_id, number));
ALTER TABLE pages DROP COLUMN text;
ALTER TABLE pages ADD COLUMN current integer;
ALTER TABLE pages ADD CONSTRAINT has_current FOREIGN KEY (id, current) REFERENCES revisions (page_id, number) DEFERRABLE INITIALLY DEFERRED;
