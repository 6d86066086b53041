-- renamed table: public.entries -> public.bookings
-- renamed column: public.entries.memo -> public.bookings.remark
ALTER TABLE entries RENAME TO bookings;
ALTER SEQUENCE entries_id_seq RENAME TO bookings_id_seq;
ALTER TABLE bookings RENAME memo TO remark;
CREATE TABLE lines (booking bigint REFERENCES bookings ON DELETE CASCADE, place smallint, account varchar(20) NOT NULL REFERENCES accounts ON UPDATE CASCADE, amount numeric(14,2) NOT NULL, PRIMARY KEY (booking, place));
ALTER TABLE bookings DROP CONSTRAINT entries_check;
ALTER TABLE bookings DROP credit;
ALTER TABLE bookings ALTER debit DROP NOT NULL;
ALTER TABLE bookings DROP CONSTRAINT entries_amount_check;
ALTER TABLE bookings ADD CONSTRAINT not_nothing CHECK (amount <> 0) NOT VALID;
ALTER TABLE bookings VALIDATE CONSTRAINT not_nothing;
