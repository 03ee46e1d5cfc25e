/** A database with one of everything that dumps tend to lose. It runs on Postgres 15 and later. */
export const NASTY_SCHEMA = String.raw`
CREATE SCHEMA "Odd ""schema""";
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "great"');
CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE pair AS (a int, b text);

CREATE FUNCTION double_it(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- Name: not; Type: TABLE; Schema: really; Owner: me
  NEW.note := coalesce(NEW.note, E'set by \\ trigger');
  RETURN NEW;
END
$body$;

CREATE TABLE people (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email citext UNIQUE NOT NULL,
  mood mood DEFAULT 'ok',
  share percent,
  pair pair,
  note text,
  best_friend bigint,
  doubled int GENERATED ALWAYS AS (double_it(share)) STORED
);
ALTER TABLE people ADD FOREIGN KEY (best_friend) REFERENCES people DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE people IS E'comment with ''quotes'' and \\ backslash';

CREATE TABLE chicken (id int PRIMARY KEY, egg int);
CREATE TABLE egg (id int PRIMARY KEY, chicken int REFERENCES chicken);
ALTER TABLE chicken ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE "Odd ""schema"""."select from" ("Column, ""1""" text, "select" int, dropped int, "new
line" text);
ALTER TABLE "Odd ""schema"""."select from" DROP COLUMN dropped;

CREATE TABLE shapes (
  id serial PRIMARY KEY, j jsonb, b bytea, f8 float8, f4 float4, n numeric, t timestamptz, d date, i interval,
  m money, arr int[][], r tstzrange, u uuid, net inet, ts tsvector, x text, bits varbit, c "char", e text COLLATE "C"
);
CREATE INDEX shapes_gin ON shapes USING gin (j jsonb_path_ops);
CREATE INDEX shapes_partial ON shapes (lower(x)) INCLUDE (n) WHERE x IS NOT NULL;
CREATE STATISTICS shapes_stats (dependencies) ON x, n FROM shapes;
ALTER TABLE shapes ADD CONSTRAINT not_checked CHECK (id > 0) NOT VALID;

CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE) PARTITION BY LIST (what);
CREATE TABLE events_new_rest PARTITION OF events_new DEFAULT;
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
CREATE UNLOGGED TABLE scratch (a int);
CREATE TABLE empty_table (a int, b text DEFAULT 'x');

CREATE SEQUENCE lonely START 7 INCREMENT 7;
CREATE SEQUENCE "Odd ""schema"""."Odd seq" AS smallint;

CREATE VIEW moods AS SELECT p.mood, count(*) AS n FROM people p GROUP BY p.mood;
CREATE VIEW grouped AS SELECT id, email FROM people GROUP BY id;
CREATE MATERIALIZED VIEW base_counts AS SELECT mood, n FROM moods;
CREATE MATERIALIZED VIEW a_total AS SELECT sum(n) AS total FROM base_counts;
CREATE UNIQUE INDEX ON base_counts (mood);
CREATE MATERIALIZED VIEW never_filled AS SELECT 1 AS one WITH NO DATA;
CREATE RULE no_delete AS ON DELETE TO empty_table DO INSTEAD NOTHING;

ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON people FOR SELECT USING (email = current_user);
GRANT SELECT (email) ON people TO pg_monitor;
`

export const NASTY_ROWS = String.raw`
INSERT INTO people (email, mood, share, pair, note) VALUES
  ('A@example.org', 'sad', 0, '(1,"x, y")', E'tab\t newline\n return\r backslash \\ \\. dot'),
  ('b@example.org', 'it''s "great"', 100, NULL, '\.'),
  ('c@example.org', NULL, NULL, '(,)', '');
UPDATE people SET best_friend = 3 - id + 1;
BEGIN;
INSERT INTO chicken VALUES (1, 1);
INSERT INTO egg VALUES (1, 1);
COMMIT;
INSERT INTO "Odd ""schema"""."select from" VALUES ('\N', 1, 'ş ğ İ 🦊'), (NULL, NULL, ''), (NULL, NULL, '');
INSERT INTO shapes (j, b, f8, f4, n, t, d, i, m, arr, r, u, net, ts, x, bits, c, e) VALUES
  ('{"a": [1, null, "\u0131"]}', '\x00ff5c0a', 'NaN', '-Infinity', 'NaN', 'infinity', '-infinity', '-1 mon +2 days -03:04:05.678',
   '$1,234.56', '{{1,2},{3,NULL}}', '[2026-01-01 00:00+03,)', '6f1c1d0e-0000-4000-8000-000000000001', '10.0.0.1/8', 'a fat cat',
   'x', B'10101', 'c', 'z'),
  (NULL, NULL, 0.1::float8 + 0.2::float8, 1e-45, 'Infinity', '0044-03-15 00:00:00 BC', '2026-11-20', '1 year', '-$0.01', '{}', 'empty', NULL,
   '::1', NULL, NULL, NULL, NULL, NULL);
INSERT INTO events SELECT d, 'e' || n FROM generate_series(date '2025-12-20', '2026-01-10', '1 day') WITH ORDINALITY AS g(d, n);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2, 3);
INSERT INTO scratch VALUES (1);
SELECT nextval('lonely'), nextval('lonely');
REFRESH MATERIALIZED VIEW base_counts;
REFRESH MATERIALIZED VIEW a_total;
`
