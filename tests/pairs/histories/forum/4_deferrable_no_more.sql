ALTER TABLE topics DROP CONSTRAINT topics_first_post_fkey;
ALTER TABLE topics ADD FOREIGN KEY (first_post) REFERENCES posts ON DELETE SET NULL;
ALTER TABLE posts ALTER id TYPE bigint;
ALTER TABLE topics ALTER first_post TYPE bigint;
ALTER TABLE votes ALTER post_id TYPE bigint;
ALTER TABLE members ALTER nick TYPE varchar(60), ADD COLUMN settings jsonb DEFAULT '{"theme": "light"}';
COMMENT ON COLUMN members.nick IS 'Shown beside posts.';
