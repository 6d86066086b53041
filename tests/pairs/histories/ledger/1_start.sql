CREATE TABLE currencies (code char(3) PRIMARY KEY, digits integer NOT NULL DEFAULT 2);
CREATE TABLE accounts (number varchar(20) PRIMARY KEY, currency char(3) NOT NULL REFERENCES currencies, kind text NOT NULL DEFAULT 'asset' CHECK (kind IN ('asset', 'debt', 'income', 'cost')), balance money);
CREATE TABLE entries (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, booked date NOT NULL DEFAULT CURRENT_DATE, debit varchar(20) NOT NULL REFERENCES accounts, credit varchar(20) NOT NULL REFERENCES accounts, amount numeric(12,2) NOT NULL CHECK (amount > 0), memo varchar(100), CHECK (debit <> credit));
CREATE INDEX ON entries (debit, booked);
CREATE INDEX ON entries (credit, booked);
