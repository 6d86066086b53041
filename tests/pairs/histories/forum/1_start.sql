CREATE TABLE members (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), nick varchar(30) NOT NULL UNIQUE, joined date NOT NULL DEFAULT CURRENT_DATE);
CREATE TABLE boards (id smallint PRIMARY KEY, title text NOT NULL, position smallint NOT NULL UNIQUE);
CREATE TABLE topics (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, board_id smallint NOT NULL REFERENCES boards, title text NOT NULL, first_post integer, sticky boolean NOT NULL DEFAULT false);
CREATE TABLE posts (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic_id integer NOT NULL REFERENCES topics ON DELETE CASCADE, author uuid REFERENCES members ON DELETE SET NULL, body text NOT NULL, ip inet, at timestamp NOT NULL DEFAULT now());
ALTER TABLE topics ADD FOREIGN KEY (first_post) REFERENCES posts DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX ON posts (topic_id, at);
