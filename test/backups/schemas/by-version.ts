/** Parts of the schemas that servers before some version do not know. */
interface Feature {
  name: string
  since: number
  text: string
  /** Replacement for older servers; absent: nothing. */
  instead?: string
}

const FEATURES: Feature[] = [
  { name: 'multirange types', since: 14, text: ', multirange_type_name = spans' },
  { name: 'columns of multiranges', since: 14, text: ', dm datemultirange', instead: ', dm text' },
  { name: 'columns of multiranges', since: 14, text: ', nm nummultirange', instead: ', nm text' },
  { name: 'infinite numerics', since: 14, text: `'Infinity', '0044-03-15`, instead: `'NaN', '0044-03-15` },
  { name: 'infinite numerics', since: 14, text: `'Infinity', '-$0.01', -9`, instead: `'0', '-$0.01', -9` },
  { name: 'infinite numerics', since: 14, text: `'-Infinity', '$9`, instead: `'-1', '$9` },
  {
    name: 'bodies of SQL',
    since: 14,
    text: 'LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END',
    instead: 'LANGUAGE sql AS $$ SELECT a + 1 $$',
  },
  { name: 'compression by column', since: 14, text: ' COMPRESSION pglz' },
  { name: 'statistics of expressions', since: 14, text: 'CREATE STATISTICS expr ON (lower(b)), (a * 2) FROM tuned;\n' },
  {
    name: 'nulls that are equal',
    since: 15,
    text: ' NULLS NOT DISTINCT);\nCREATE TABLE egg',
    instead: ');\nCREATE TABLE egg',
  },
  { name: 'nulls that are equal', since: 15, text: ', id) NULLS NOT DISTINCT', instead: ', id)' },
  { name: 'unlogged sequences', since: 15, text: 'CREATE UNLOGGED SEQUENCE', instead: 'CREATE SEQUENCE' },
  { name: 'views with the rights of their users', since: 15, text: ', security_invoker' },
  {
    name: 'publications of columns and rows',
    since: 15,
    text: 'TABLE audited (id, note) WHERE (id > 1), log',
    instead: 'TABLE audited, log',
  },
]

/** Returns a schema's SQL for a server of a major version. */
export function sqlFor(sql: string, major: number): string {
  const missing = FEATURES.filter(({ since }) => major < since)
  return missing.reduce((text, { text: newer, instead = '' }) => text.replace(newer, () => instead), sql)
}
