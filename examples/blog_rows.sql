-- Rows for the blog example: 20 authors, 200 posts, 10 tags, 400 taggings, 1,000 comments.
INSERT INTO authors (email, display_name, bio)
SELECT format('author%s@example.org', n), format('Author %s', n), 'Writes — mostly at night.'
FROM generate_series(1, 20) AS n;

INSERT INTO posts (author_id, slug, title, body, status, published_at, metadata)
SELECT 1 + n % 20, format('post-%s', n), format('Post № %s', n), repeat('words and more words ', 1 + n % 40),
       (CASE WHEN n % 4 = 0 THEN 'draft' ELSE 'published' END)::post_status,
       CASE WHEN n % 4 = 0 THEN NULL ELSE timestamptz '2026-01-01' + n * interval '1 day' END,
       jsonb_build_object('reading_minutes', 1 + n % 9)
FROM generate_series(1, 200) AS n;

INSERT INTO tags (name) SELECT format('tag %s', n) FROM generate_series(1, 10) AS n;

INSERT INTO post_tags (post_id, tag_id)
SELECT post, 1 + (post + step * 3) % 10 FROM generate_series(1, 200) AS post, generate_series(1, 2) AS step;

INSERT INTO comments (post_id, author_name, body, is_approved)
SELECT 1 + n % 200, format('Reader %s', n % 50), 'What a post!', n % 3 > 0 FROM generate_series(1, 600) AS n;

INSERT INTO comments (post_id, parent_id, author_name, body)
SELECT parent.post_id, parent.id, 'Author', 'Thank you.' FROM comments AS parent ORDER BY parent.id LIMIT 400;
