const NAME = String.raw`(?:"(?:[^"]|"")+"|[^\s",()]+)`
const CONSTRAINT = String.raw` {4}(?:CONSTRAINT ${NAME} )?NOT NULL (${NAME})(?: NO INHERIT)?`
const CHILD = /^CREATE (?:UNLOGGED )?TABLE (?<table>\S.*) \(\n(?<body>[^]*?)\n?\)\nINHERITS \(/m

/** Matches a table constraint that declares an inherited column not null. */
export const NOT_NULL = new RegExp(`^${CONSTRAINT},?$`, 'm')

/**
 * Rewrites pg_dump 18's form of an inherited NOT NULL: a constraint of the child. Before 18 that is a syntax error, and
 * pg_dump wrote a separate statement. @param sql the definition of a table
 */
export function rewriteInheritedNotNull(sql: string): string {
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
