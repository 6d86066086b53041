-- renamed column: public.stays.arrives -> public.stays.from_at
-- renamed column: public.stays.leaves -> public.stays.until_at
ALTER TABLE stays DROP nights;
ALTER TABLE stays DROP CONSTRAINT order_of_days;
ALTER TABLE stays RENAME arrives TO from_at;
ALTER TABLE stays RENAME leaves TO until_at;
ALTER TABLE stays ALTER from_at TYPE timestamp, ALTER until_at TYPE timestamp;
ALTER TABLE stays ADD CONSTRAINT order_of_days CHECK (until_at > from_at);
ALTER TABLE stays ADD nights integer GENERATED ALWAYS AS (extract(day from until_at - from_at)::integer) STORED;
ALTER TYPE room_kind ADD VALUE 'family' AFTER 'double';
