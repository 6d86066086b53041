-- renamed enum: public.account_kind -> public.kind_of_account
DROP INDEX entries_of_quarter;
ALTER TABLE bookings DROP quarter;
ALTER TABLE bookings ADD quarter integer GENERATED ALWAYS AS (extract(year from booked)::integer * 4 + extract(quarter from booked)::integer) STORED;
CREATE INDEX entries_of_quarter ON bookings (quarter, amount) WHERE amount > 100;
ALTER TYPE account_kind RENAME TO kind_of_account;
ALTER TABLE accounts ALTER kind DROP NOT NULL;
ALTER TABLE accounts ALTER kind DROP DEFAULT;
