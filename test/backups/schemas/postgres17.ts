/** New features of Postgres 16 and 17. */
export const POSTGRES_17 = String.raw`
CREATE EXTENSION btree_gist;
CREATE COLLATION builtin_c (provider = builtin, locale = 'C.UTF-8');
CREATE COLLATION ruled (provider = icu, locale = 'und', rules = '&V << w <<< W');
CREATE TABLE sorted (t text COLLATE builtin_c PRIMARY KEY, r text COLLATE ruled, s text STORAGE EXTERNAL);
INSERT INTO sorted VALUES ('ş', 'w', 'x'), ('a', 'V', NULL);
CREATE TABLE counted (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE counted_old PARTITION OF counted FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE counted_new PARTITION OF counted FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
INSERT INTO counted (at) SELECT date '2025-12-25' + n FROM generate_series(1, 20) n;
CREATE TABLE exclusive (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&)) PARTITION BY LIST (room);
CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
INSERT INTO computed (a) VALUES (1); ALTER TABLE computed ALTER b SET EXPRESSION AS (a * 100);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'oracle_keeper') THEN CREATE ROLE oracle_keeper; END IF; END $$;
GRANT MAINTAIN, SELECT ON sorted TO oracle_keeper;
CREATE VIEW asked AS SELECT JSON_VALUE('{"a": 1}'::jsonb, '$.a' RETURNING int) AS a, t.* FROM JSON_TABLE('[1, 2]'::jsonb, '$[*]' COLUMNS (n int PATH '$')) t;
`
