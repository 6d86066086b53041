CREATE TYPE room_kind AS ENUM ('single', 'double', 'suite');
CREATE TABLE hotels (id smallint PRIMARY KEY, name text NOT NULL UNIQUE, city text NOT NULL, rating numeric(2,1));
CREATE TABLE rooms (hotel smallint REFERENCES hotels, number varchar(6), kind room_kind NOT NULL DEFAULT 'double', beds smallint NOT NULL DEFAULT 2, price integer NOT NULL, PRIMARY KEY (hotel, number));
CREATE TABLE stays (id integer PRIMARY KEY, hotel smallint NOT NULL, room varchar(6) NOT NULL, guest text NOT NULL, arrives date NOT NULL, leaves date NOT NULL, nights integer GENERATED ALWAYS AS (leaves - arrives) STORED, FOREIGN KEY (hotel, room) REFERENCES rooms ON UPDATE CASCADE, CONSTRAINT order_of_days CHECK (leaves > arrives));
CREATE UNIQUE INDEX one_arrival ON stays (hotel, room, arrives);
CREATE INDEX ON stays ((upper(guest)));
