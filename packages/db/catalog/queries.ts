/**
 * One query for each kind of item. Each answers kind, name, table, columns, facts (a null fact is none), and the
 * statements that make and drop the item. What belongs to an extension or to the server itself is left out.
 */

/** `alias` is of pg_namespace. */
const own = (alias: string) =>
  `${alias}.nspname <> 'information_schema' and ${alias}.nspname !~ '^pg_(?:catalog|toast|temp|toast_temp)'`

const notOfExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_catalog.pg_depend d
     where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`

const yesNo = (condition: string) => `case when ${condition} then 'yes' else 'no' end`
const COLUMN_NAMES = (table: string, numbers: string) =>
  `array(select a.attname::text from unnest(${numbers}) n join pg_catalog.pg_attribute a
     on a.attrelid = ${table} and a.attnum = n order by 1)`

const SCHEMAS = `
  select 'schema' as kind, quote_ident(n.nspname) as name, null as "table", null as columns, '{}'::json as facts,
    format('create schema %I', n.nspname) as create, format('drop schema %I', n.nspname) as drop
  from pg_catalog.pg_namespace n
  where ${own('n')} and n.nspname <> 'public' and ${notOfExtension('pg_namespace', 'n.oid')} order by 2`

const EXTENSIONS = `
  select 'extension' as kind, quote_ident(e.extname) as name, null as "table", null as columns,
    json_build_object('schema', n.nspname) as facts,
    format('create extension %I schema %I', e.extname, n.nspname) as create,
    format('drop extension %I', e.extname) as drop
  from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where e.extname <> 'plpgsql' order by 2`

const TYPES = `
  select 'type' as kind, name, null as "table", null as columns, json_build_object('definition', definition) as facts,
    case typtype when 'd' then format('create domain %s as %s', name, definition)
      when 'e' then format('create type %s as enum (%s)', name, definition)
      when 'c' then format('create type %s as (%s)', name, definition)
      else format('-- %s: write this type by hand: %s', name, definition) end as create,
    format('drop %s %s', case typtype when 'd' then 'domain' else 'type' end, name) as drop
  from (
    select format('%I.%I', n.nspname, t.typname) as name, t.typtype, t.oid, case t.typtype
      when 'e' then (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
                       from pg_catalog.pg_enum e where e.enumtypid = t.oid)
      when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), 'default ' || t.typdefault,
        case when t.typnotnull then 'not null' end,
        (select string_agg(format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), ' ' order by k.conname)
           from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'))
      when 'c' then (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
                       order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0)
      else t.typtype::text end as definition
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where ${own('n')} and ${notOfExtension('pg_type', 't.oid')} and t.typtype in ('e', 'd', 'c', 'r')
      and (t.typtype <> 'c' or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
  ) types order by oid`

/** Those of identity columns come and go with their columns. */
const SEQUENCES = `
  select 'sequence' as kind, name, null as "table", null as columns, json_build_object('definition', definition) as facts,
    format('create sequence %s %s', name, definition) as create, format('drop sequence %s', name) as drop
  from (
    select format('%I.%I', n.nspname, c.relname) as name, c.oid,
      format('as %s increment %s minvalue %s maxvalue %s start %s cache %s%s', format_type(s.seqtypid, null),
        s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then ' cycle' end) as definition
    from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${own('n')} and ${notOfExtension('pg_class', 'c.oid')}
      and not exists (select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'i')
  ) sequences order by oid`

/** A column's definition as CREATE TABLE and ADD COLUMN take it. */
const COLUMN_SQL = `concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
  case when a.attcollation <> t.typcollation then (select format('collate %I.%I', cn.nspname, co.collname)
    from pg_catalog.pg_collation co join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = a.attcollation) end,
  case when a.attgenerated <> '' then format('generated always as (%s) %s', pg_get_expr(d.adbin, d.adrelid),
      case a.attgenerated when 's' then 'stored' else 'virtual' end)
    else 'default ' || pg_get_expr(d.adbin, d.adrelid) end,
  case a.attidentity when 'a' then 'generated always as identity' when 'd' then 'generated by default as identity' end,
  case when a.attnotnull and a.attidentity = '' then 'not null' end)`

const COLUMNS_OF = `pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum`

const TABLES = `
  select 'table' as kind, format('%I.%I', n.nspname, c.relname) as name, null as "table", null as columns,
    json_build_object('kind', case c.relkind when 'p' then 'partitioned' when 'f' then 'foreign' else 'plain' end,
      'persistence', case c.relpersistence when 'u' then 'unlogged' else 'logged' end,
      'row security', case when not c.relrowsecurity then 'off' when c.relforcerowsecurity then 'forced' else 'on' end,
      'partition by', pg_get_partkeydef(c.oid), 'partition of', inherits.parent,
      'bound', pg_get_expr(c.relpartbound, c.oid),
      'options', array_to_string(c.reloptions, ', ')) as facts,
    format(E'create %stable %I.%I (\n  %s\n)%s%s', case c.relpersistence when 'u' then 'unlogged ' else '' end, n.nspname,
      c.relname, (select string_agg(${COLUMN_SQL}, E',\n  ' order by a.attnum) from ${COLUMNS_OF}
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      ' partition by ' || pg_get_partkeydef(c.oid), ' with (' || array_to_string(c.reloptions, ', ') || ')')
      || case when c.relrowsecurity then format('; alter table %I.%I enable row level security%s', n.nspname, c.relname,
           case when c.relforcerowsecurity then ', force row level security' end)
         else '' end
      || coalesce(format('; alter table %s attach partition %I.%I ', inherits.parent, n.nspname, c.relname)
         || pg_get_expr(c.relpartbound, c.oid), '') as create,
    format('drop table %I.%I', n.nspname, c.relname) as drop
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join lateral (select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno) as parent
    from pg_catalog.pg_inherits i where i.inhrelid = c.oid) inherits on true
  where c.relkind in ('r', 'p', 'f') and ${own('n')} and ${notOfExtension('pg_class', 'c.oid')} order by c.oid`

const COLUMNS = `
  select 'column' as kind, format('%I.%I.%I', n.nspname, c.relname, a.attname) as name,
    format('%I.%I', n.nspname, c.relname) as "table", array[a.attname::text] as columns,
    json_build_object('type', format_type(a.atttypid, a.atttypmod), 'nullable', ${yesNo('not a.attnotnull')},
      'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
      'generated', case when a.attgenerated <> '' then a.attgenerated::text || ' ' || pg_get_expr(d.adbin, d.adrelid) end,
      'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
      'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
      'statistics', nullif(a.attstattarget, -1)::text) as facts,
    format('alter table %I.%I add column %s', n.nspname, c.relname, ${COLUMN_SQL}) as create,
    format('alter table %I.%I drop column %I', n.nspname, c.relname, a.attname) as drop
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'f') and ${own('n')} and ${notOfExtension('pg_class', 'c.oid')} order by c.oid, a.attnum`

const FUNCTIONS = `
  select 'function' as kind, p.oid::regprocedure::text as name, null as "table", null as columns,
    json_build_object('definition', case when p.prokind = 'a' then 'aggregate of ' || p.prosrc
      else pg_get_functiondef(p.oid) end) as facts,
    case when p.prokind = 'a' then format('-- %s: write this aggregate by hand', p.oid::regprocedure)
      else pg_get_functiondef(p.oid) end as create,
    format('drop %s %s', case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
      p.oid::regprocedure) as drop
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where ${own('n')} and ${notOfExtension('pg_proc', 'p.oid')} order by p.oid`

/** NOT NULL is a fact of the column; what a partition inherits comes and goes with the parent's. */
const CONSTRAINTS = `
  select case k.contype when 'f' then 'foreign key' else 'constraint' end as kind,
    format('%s.%I', k.conrelid::regclass, k.conname) as name, k.conrelid::regclass::text as "table",
    ${COLUMN_NAMES('k.conrelid', 'k.conkey')} as columns,
    json_build_object('definition', pg_get_constraintdef(k.oid)) as facts,
    format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) as create,
    format('alter table %s drop constraint %I', k.conrelid::regclass, k.conname) as drop
  from pg_catalog.pg_constraint k join pg_catalog.pg_namespace n on n.oid = k.connamespace
  where k.conrelid <> 0 and k.contype in ('c', 'p', 'u', 'f', 'x') and k.conislocal and k.conparentid = 0
    and ${own('n')} and ${notOfExtension('pg_class', 'k.conrelid')} order by k.oid`

/** Those behind a constraint or of a partition's parent come with it. */
const INDEXES = `
  select 'index' as kind, format('%I.%I', n.nspname, c.relname) as name, i.indrelid::regclass::text as "table",
    ${COLUMN_NAMES('i.indrelid', 'i.indkey::int2[]')} as columns,
    json_build_object('definition', pg_get_indexdef(c.oid), 'valid', ${yesNo('i.indisvalid')}) as facts,
    pg_get_indexdef(c.oid) as create, format('drop index %I.%I', n.nspname, c.relname) as drop
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${own('n')} and not c.relispartition and ${notOfExtension('pg_class', 'i.indrelid')}
    and not exists (select from pg_catalog.pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
  order by c.oid`

const STATISTICS = `
  select 'statistics' as kind, format('%I.%I', n.nspname, s.stxname) as name, s.stxrelid::regclass::text as "table",
    ${COLUMN_NAMES('s.stxrelid', 's.stxkeys::int2[]')} as columns,
    json_build_object('definition', pg_get_statisticsobjdef(s.oid), 'target', nullif(s.stxstattarget, -1)::text) as facts,
    pg_get_statisticsobjdef(s.oid)
      || coalesce(format('; alter statistics %I.%I set statistics ', n.nspname, s.stxname)
      || nullif(s.stxstattarget, -1), '') as create,
    format('drop statistics %I.%I', n.nspname, s.stxname) as drop
  from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
  where ${own('n')} and ${notOfExtension('pg_class', 's.stxrelid')} order by s.oid`

const VIEWS = `
  select 'view' as kind, format('%I.%I', n.nspname, c.relname) as name, null as "table", null as columns,
    json_build_object('definition', pg_get_viewdef(c.oid), 'kind', case c.relkind when 'm' then 'materialized' end,
      'options', array_to_string(c.reloptions, ', ')) as facts,
    format('create %sview %I.%I%s as %s', case c.relkind when 'm' then 'materialized ' else '' end, n.nspname, c.relname,
      ' with (' || array_to_string(c.reloptions, ', ') || ')', rtrim(pg_get_viewdef(c.oid), ';')) as create,
    format('drop %sview %I.%I', case c.relkind when 'm' then 'materialized ' else '' end, n.nspname, c.relname) as drop
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'm') and ${own('n')} and ${notOfExtension('pg_class', 'c.oid')} order by c.oid`

const TRIGGERS = `
  select 'trigger' as kind, format('%s.%I', t.tgrelid::regclass, t.tgname) as name, t.tgrelid::regclass::text as "table",
    null as columns, json_build_object('definition', pg_get_triggerdef(t.oid), 'fires', case t.tgenabled
      when 'D' then 'never' when 'R' then 'on replicas' when 'A' then 'always' end) as facts,
    pg_get_triggerdef(t.oid) || coalesce(format('; alter table %s ', t.tgrelid::regclass) || case t.tgenabled
      when 'D' then 'disable' when 'R' then 'enable replica' when 'A' then 'enable always' end
      || format(' trigger %I', t.tgname), '') as create,
    format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass) as drop
  from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and t.tgparentid = 0 and ${own('n')} order by t.oid`

const POLICIES = `
  select 'policy' as kind, name, "table", null as columns, json_build_object('definition', definition) as facts,
    format('create policy %I on %s %s', polname, "table", definition) as create,
    format('drop policy %I on %s', polname, "table") as drop
  from (
    select format('%s.%I', p.polrelid::regclass, p.polname) as name, p.polname, p.polrelid::regclass::text as "table", p.oid,
      concat_ws(' ', case when p.polpermissive then 'as permissive' else 'as restrictive' end, 'for '
        || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
           else 'all' end,
        'to ' || array_to_string(array(select case when r = 0 then 'public' else r::regrole::text end
          from unnest(p.polroles) r order by 1), ', '),
        'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
        'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') as definition
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${own('n')}
  ) policies order by oid`

const RULES = `
  select 'rule' as kind, format('%s.%I', r.ev_class::regclass, r.rulename) as name, r.ev_class::regclass::text as "table",
    null as columns, json_build_object('definition', pg_get_ruledef(r.oid)) as facts, pg_get_ruledef(r.oid) as create,
    format('drop rule %I on %s', r.rulename, r.ev_class::regclass) as drop
  from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where r.rulename <> '_RETURN' and ${own('n')} and ${notOfExtension('pg_class', 'c.oid')} order by r.oid`

/** What the owner gave to others; owners themselves may differ between databases. */
const GRANTS = `
  select 'grant' as kind, lower(g.privilege_type) || ' on ' || c.oid::regclass || ' to ' || g.who as name,
    c.oid::regclass::text as "table", null as columns,
    json_build_object('grantable', ${yesNo('g.is_grantable')}) as facts,
    format('grant %s on %s to %s%s', g.privilege_type, c.oid::regclass, g.who,
      case when g.is_grantable then ' with grant option' end) as create,
    format('revoke %s on %s from %s', g.privilege_type, c.oid::regclass, g.who) as drop
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select a.*, case a.grantee when 0 then 'public' else a.grantee::regrole::text end as who
    from aclexplode(c.relacl) a where a.grantee <> c.relowner) g
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${own('n')} and ${notOfExtension('pg_class', 'c.oid')} order by 2`

export const QUERIES = [
  SCHEMAS,
  EXTENSIONS,
  TYPES,
  SEQUENCES,
  TABLES,
  COLUMNS,
  FUNCTIONS,
  CONSTRAINTS,
  INDEXES,
  STATISTICS,
  VIEWS,
  TRIGGERS,
  POLICIES,
  RULES,
  GRANTS,
]
