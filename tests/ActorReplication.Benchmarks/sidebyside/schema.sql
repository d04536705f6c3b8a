-- The two tables of the comparison, fresh.
DROP TABLE IF EXISTS kv;
DROP TABLE IF EXISTS log;
CREATE TABLE kv (id bigint PRIMARY KEY, v text NOT NULL);
CREATE TABLE log (id bigserial PRIMARY KEY, v text NOT NULL);
