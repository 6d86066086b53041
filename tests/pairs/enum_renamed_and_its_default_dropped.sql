-- renamed enum: public.account_kind -> public.kind_of_account
-- before
CREATE TYPE account_kind AS ENUM ('asset', 'debt');
CREATE TABLE accounts (number text PRIMARY KEY, kind account_kind NOT NULL DEFAULT 'asset');
-- after
CREATE TYPE kind_of_account AS ENUM ('asset', 'debt');
CREATE TABLE accounts (number text PRIMARY KEY, kind kind_of_account);
