/** Types and operators of extensions, in a schema of their own and outside of it. */
export const EXTENSIONS = String.raw`
CREATE SCHEMA ext; CREATE EXTENSION citext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION btree_gist; CREATE EXTENSION btree_gin; CREATE EXTENSION ltree; CREATE EXTENSION cube; CREATE EXTENSION "uuid-ossp";
CREATE EXTENSION unaccent; CREATE EXTENSION fuzzystrmatch; CREATE EXTENSION intarray; CREATE EXTENSION pgcrypto;
COMMENT ON EXTENSION citext IS 'own words';
CREATE TABLE people (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), email citext UNIQUE, tags ext.hstore, path ltree, at cube, nums int[]);
INSERT INTO people VALUES
  ('6f1c1d0e-0000-4000-8000-000000000001', 'A@example.org', '"a b"=>"c\"d", e=>NULL', 'top.science', '(1,2),(3,4)', '{3,1}'),
  ('6f1c1d0e-0000-4000-8000-000000000002', 'b@example.org', '', '', NULL, '{}'), ('6f1c1d0e-0000-4000-8000-000000000003', NULL, NULL, NULL, NULL, NULL);
CREATE INDEX people_tags ON people USING gin (tags ext.gin_hstore_ops); CREATE INDEX people_like ON people USING gin ((email::text) ext.gin_trgm_ops);
CREATE INDEX people_nums ON people USING gin (nums gin__int_ops); CREATE INDEX people_path ON people USING gist (path gist_ltree_ops (siglen = 16));
CREATE TABLE rooms (room int, during daterange, guest citext COLLATE "C", EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO rooms VALUES (1, '[2026-01-01,2026-01-05)', 'x'), (1, '[2026-01-05,2026-01-06)', 'y'), (2, '[2026-01-01,)', NULL);
CREATE TEXT SEARCH CONFIGURATION plain_en (COPY = english); ALTER TEXT SEARCH CONFIGURATION plain_en ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
CREATE FUNCTION strip(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT public.unaccent('public.unaccent', t) $$;
CREATE TABLE stripped (t text, plain text GENERATED ALWAYS AS (strip(t)) STORED, v tsvector GENERATED ALWAYS AS (to_tsvector('public.plain_en', t)) STORED);
INSERT INTO stripped VALUES ('Şişli café'), (NULL); CREATE INDEX stripped_v ON stripped USING gin (v);
CREATE DOMAIN mail AS citext CHECK (VALUE ~ '@'); CREATE VIEW tagged AS SELECT email, tags OPERATOR(ext.->) 'a b' AS t FROM people WHERE tags OPERATOR(ext.?) 'e';
`
