CREATE TABLE projects (key text PRIMARY KEY, title text NOT NULL);
CREATE TABLE tickets (project text REFERENCES projects ON UPDATE CASCADE ON DELETE CASCADE, number integer, title text NOT NULL, status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'doing', 'done')), priority integer NOT NULL DEFAULT 3, created timestamp NOT NULL DEFAULT now(), payload json, PRIMARY KEY (project, number));
CREATE TABLE comments (id integer PRIMARY KEY, project text NOT NULL, number integer NOT NULL, body text NOT NULL, at timestamp NOT NULL DEFAULT now(), FOREIGN KEY (project, number) REFERENCES tickets ON UPDATE CASCADE ON DELETE CASCADE);
CREATE INDEX tickets_by_status ON tickets (status, priority DESC) WHERE status <> 'done';
CREATE INDEX comments_of ON comments (project, number);
