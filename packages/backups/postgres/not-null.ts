const NAME = String.raw`(?:"(?:[^"]|"")+"|[^\s",()]+)`
const CONSTRAINT = String.raw` {4}(?:CONSTRAINT ${NAME} )?NOT NULL (${NAME})(?: NO INHERIT)?`
const CHILD = /^CREATE (?:UNLOGGED )?TABLE (?<table>\S.*) \(\n(?<body>[^]*?)\n?\)\nINHERITS \(/m

/** A line that says of a column elsewhere that it is not null. */
export const NOT_NULL = new RegExp(`^${CONSTRAINT},?$`, 'm')

/**
 * pg_dump 18 writes that an inherited column is not null as a constraint of the child. Before 18 that is a syntax error,
 * and pg_dump wrote a statement of its own. @param sql of a table
 */
export function withColumnNotNull(sql: string): string {
  const { table, body = '' } = CHILD.exec(sql)?.groups ?? {}
  const columns = [...body.matchAll(new RegExp(`^${CONSTRAINT}(?=,?$)`, 'gm'))].map(([, column]) => column)
  if (columns.length === 0) return sql
  const others = body
    .replaceAll(new RegExp(`,\n${CONSTRAINT}(?=,?(?:\n|$))`, 'g'), '')
    .replace(new RegExp(`^${CONSTRAINT}(?:,\n|$)`), '')
  const create = sql.replace(CHILD, (head) => head.replace(body, () => others))
  const alter = columns.map((column) => `ALTER TABLE ONLY ${table} ALTER COLUMN ${column} SET NOT NULL;\n\n\n`)
  return `${create.trimEnd()}\n\n\n${alter.join('')}`
}
