/** Programs inside a database, the rights to run them, and text in them that imitates something else. */
export const PROGRAMS = String.raw`
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "great"', ''); ALTER TYPE mood ADD VALUE 'first' BEFORE 'sad';
CREATE DOMAIN percent AS int DEFAULT 5 NOT NULL CONSTRAINT in_range CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN odd_percent AS percent CHECK (VALUE % 2 = 1); CREATE TYPE pair AS (a int, b text COLLATE "C");
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = spans);
CREATE FUNCTION double_it(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS $$ SELECT n * 2 $$;
CREATE FUNCTION standard(a int, OUT b int, VARIADIC c text[] DEFAULT '{}') LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END;
CREATE FUNCTION evil() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path TO '' SET work_mem TO '1MB' AS $body$
-- Name: evil; Type: TABLE; Schema: public; Owner: me
/*
\restrict x
\! echo owned
\unrestrict x
\.
*/
BEGIN
  RETURN E'\\.' || '$$' || $q$ ; COPY x FROM stdin; $q$;
END
$body$;
COMMENT ON FUNCTION evil() IS E'
\\restrict y
\\! true
--
-- PostgreSQL database dump complete
--
';
CREATE PROCEDURE nothing(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := 1; COMMIT; END $$;
CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1', PARALLEL = SAFE);
CREATE FUNCTION pair_less(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1.a < $2.a $$;
CREATE OPERATOR <<<< (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_less, RESTRICT = scalarltsel);
CREATE CAST (int AS mood) WITH INOUT; CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql IMMUTABLE AS $$ SELECT ROW($1, '')::pair $$;
CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
CREATE OPERATOR FAMILY own_ops USING btree; CREATE OPERATOR CLASS own_int FOR TYPE int4 USING btree FAMILY own_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);

CREATE TABLE audited (id int PRIMARY KEY, m mood, share odd_percent DEFAULT 7, p pair, s span, note text);
CREATE INDEX audited_own ON audited (id own_int);
CREATE TABLE log (at int GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log (what) VALUES (TG_OP || coalesce(TG_ARGV[0], '')); RETURN NEW; END $$;
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log (what) SELECT 'n=' || count(*) FROM fresh; RETURN NULL; END $$;
CREATE TRIGGER a_row BEFORE INSERT OR UPDATE OF note ON audited FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION audit(E'arg\\ ''x');
CREATE TRIGGER b_all AFTER INSERT ON audited REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION counted();
CREATE CONSTRAINT TRIGGER c_late AFTER INSERT ON audited DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit('late');
CREATE TRIGGER d_off BEFORE DELETE ON audited EXECUTE FUNCTION audit(); ALTER TABLE audited DISABLE TRIGGER d_off;
CREATE TRIGGER e_always BEFORE DELETE ON audited EXECUTE FUNCTION audit(); ALTER TABLE audited ENABLE ALWAYS TRIGGER e_always;
INSERT INTO audited VALUES (1, 'sad', 1, '(1,"x, y")', '[1.5,2]', 'n'), (2, '', 99, '(,)', 'empty', NULL);
CREATE RULE no_delete AS ON DELETE TO log DO INSTEAD NOTHING;
CREATE RULE copy_it AS ON INSERT TO audited WHERE NEW.id = -1 DO ALSO (DELETE FROM log WHERE at = -1; UPDATE log SET what = 'ruled' WHERE at = 0);

CREATE VIEW moods WITH (security_barrier, security_invoker) AS SELECT m, count(*) AS n FROM audited GROUP BY m;
CREATE VIEW grouped AS SELECT id, note FROM audited GROUP BY id;
CREATE VIEW checked AS SELECT * FROM audited WHERE id < 10 WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 5;
CREATE TRIGGER instead INSTEAD OF INSERT ON grouped FOR EACH ROW EXECUTE FUNCTION audit();
CREATE MATERIALIZED VIEW z_first AS SELECT m, n FROM moods; CREATE MATERIALIZED VIEW a_second AS SELECT sum(n) AS total FROM z_first;
CREATE UNIQUE INDEX ON z_first (m); CREATE MATERIALIZED VIEW never_filled AS SELECT 1 AS one WITH NO DATA;
REFRESH MATERIALIZED VIEW z_first; REFRESH MATERIALIZED VIEW a_second;

CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION own (COPY = english); ALTER TEXT SEARCH CONFIGURATION own ALTER MAPPING FOR asciiword WITH plain;
CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere OPTIONS (host 'it''s far');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (secret E'p\\w'); CREATE FOREIGN TABLE remote (a int OPTIONS (name 'A')) SERVER far;
CREATE PUBLICATION some_rows FOR TABLE audited (id, note) WHERE (id > 1), log WITH (publish = 'insert');
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log (what) VALUES (tg_tag); END $$;
CREATE COLLATION case_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE blind (name text COLLATE case_blind PRIMARY KEY); INSERT INTO blind VALUES ('Straße');

DO $$ DECLARE r text; BEGIN FOREACH r IN ARRAY ARRAY['oracle_owner', 'oracle "reader"', 'oracle''s'] LOOP
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I', r); END IF; END LOOP; END $$;
GRANT SELECT, INSERT ON audited TO "oracle ""reader""" WITH GRANT OPTION; GRANT UPDATE (note), REFERENCES (id) ON audited TO "oracle's";
REVOKE ALL ON FUNCTION double_it FROM PUBLIC; GRANT EXECUTE ON FUNCTION double_it TO oracle_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SEQUENCE log_at_seq TO oracle_owner; GRANT USAGE ON TYPE mood TO oracle_owner;
GRANT USAGE ON FOREIGN SERVER far TO oracle_owner; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
CREATE SCHEMA owned AUTHORIZATION oracle_owner; CREATE TABLE owned.t (a int); ALTER TABLE owned.t OWNER TO oracle_owner; INSERT INTO owned.t VALUES (1);
ALTER DEFAULT PRIVILEGES FOR ROLE oracle_owner IN SCHEMA owned GRANT SELECT ON TABLES TO "oracle ""reader""";
SET SESSION AUTHORIZATION "oracle ""reader"""; GRANT SELECT ON audited TO "oracle's"; RESET SESSION AUTHORIZATION;
COMMENT ON COLUMN audited.note IS E'column ''comment''\n\\second line'; COMMENT ON SCHEMA owned IS ''; COMMENT ON TYPE mood IS 'how';
COMMENT ON TRIGGER a_row ON audited IS 't'; COMMENT ON CONSTRAINT audited_pkey ON audited IS 'k'; COMMENT ON INDEX audited_own IS 'i';

SELECT lo_create(70001); SELECT lo_from_bytea(70002, '\x00'); SELECT lo_from_bytea(70003, convert_to(repeat('big ', 200000), 'UTF8'));
SELECT lo_from_bytea(70004, decode(repeat('00ff', 131072), 'hex')); SELECT lo_put(lo_create(70005), 300000, 'after a hole');
SELECT lo_from_bytea(70006, 'shared') FROM generate_series(1, 1); SELECT lo_create(80000 + n) FROM generate_series(1, 70) n;
ALTER LARGE OBJECT 70006 OWNER TO oracle_owner; GRANT SELECT ON LARGE OBJECT 70006 TO PUBLIC; GRANT UPDATE, SELECT ON LARGE OBJECT 70006 TO "oracle ""reader""" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "oracle ""reader"""; GRANT SELECT ON LARGE OBJECT 70006 TO "oracle's"; RESET SESSION AUTHORIZATION;
COMMENT ON LARGE OBJECT 70003 IS E'it''s\n\\big'; REVOKE ALL ON LARGE OBJECT 70002 FROM CURRENT_USER;
CREATE EVENT TRIGGER watching ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX') EXECUTE FUNCTION on_ddl();
`
