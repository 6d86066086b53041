CREATE TABLE votes (post_id integer REFERENCES posts ON DELETE CASCADE, member uuid REFERENCES members ON DELETE CASCADE, value smallint NOT NULL CHECK (value IN (-1, 1)), PRIMARY KEY (post_id, member));
ALTER TABLE topics DROP CONSTRAINT topics_board_id_fkey;
ALTER TABLE boards ALTER id TYPE integer;
ALTER TABLE topics ALTER board_id TYPE integer;
ALTER TABLE topics ADD FOREIGN KEY (board_id) REFERENCES boards ON DELETE RESTRICT;
ALTER TABLE boards DROP CONSTRAINT boards_position_key;
ALTER TABLE boards ADD COLUMN parent integer REFERENCES boards;
ALTER TABLE boards ADD UNIQUE (parent, position);
