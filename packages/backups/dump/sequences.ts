import type { Client } from 'pg'
import { quoteQualifiedName, quoteText } from '#backups/postgres/quote'

/** Runs a catalog query. The server's client and the embedded database both provide it. */
export type RunQuery = <Row extends object>(sql: string) => Promise<Row[]>

export function createRunQuery(session: Client): RunQuery {
  return async <Row extends object>(sql: string) => (await session.query<Row>(sql)).rows
}

/** An extension creates its own sequences; only those that it declares as configuration need values. */
const SEQUENCES = `
  SELECT n.nspname AS schema, c.relname AS sequence,
    CASE WHEN i.atttypid IS NOT NULL AND s.seqtypid <> i.atttypid THEN pg_catalog.format(
      'AS %s MINVALUE %s MAXVALUE %s', pg_catalog.format_type(s.seqtypid, NULL), s.seqmin, s.seqmax) END AS range
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN LATERAL (SELECT a.atttypid FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'i') i ON true
  WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.deptype = 'e')
      OR EXISTS (SELECT FROM pg_catalog.pg_extension x WHERE c.oid = ANY (x.extconfig)))
  ORDER BY n.nspname, c.relname`

interface SequenceRow {
  schema: string
  sequence: string
  range: string | null
}

/**
 * Writes statements that set every sequence to its current value. pg_dump omits the type of an identity column's
 * sequence: where it differs from the column's type, as after LIKE … INCLUDING IDENTITY, these statements set it.
 * Sequences are not transactional: a value read after the snapshot is never behind the rows that used it.
 */
export async function buildSequencesSql(
  query: RunQuery,
  isWanted: (sequence: SequenceRow) => boolean = () => true,
): Promise<string> {
  const found = (await query<SequenceRow>(SEQUENCES)).filter(isWanted)
  const sequences = found.map((row) => ({ ...row, name: quoteQualifiedName(row.schema, row.sequence) }))
  const statements: string[] = []
  for (let at = 0; at < sequences.length; at += SEQUENCES_AT_ONCE) {
    const some = sequences.slice(at, at + SEQUENCES_AT_ONCE)
    const asked = some.map(({ name }) => selectState(name)).join(' UNION ALL ')
    const states = await query<{ name: string; value: string; called: string }>(asked)
    const byName = new Map(states.map((state) => [state.name, state]))
    for (const { name, range } of some) {
      const state = byName.get(name)
      if (!state) throw new Error(`the sequence ${name} has no state`)
      if (range !== null) statements.push(`ALTER SEQUENCE ${name} ${range};\n`)
      statements.push(`SELECT pg_catalog.setval(${quoteText(name)}, ${state.value}, ${state.called});\n`)
    }
  }
  return statements.join('')
}

/** Batch size: a query for each of thousands of sequences would take longer than the rest of a small dump. */
const SEQUENCES_AT_ONCE = 200

function selectState(name: string): string {
  return `SELECT ${quoteText(name)} AS name, last_value::text AS value, is_called::text AS called FROM ${name}`
}
