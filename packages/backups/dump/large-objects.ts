import { quoteName, quoteText } from '#backups/postgres/quote'
import type { RunQuery } from '#backups/dump/sequences'

/** Number of large objects per query, and the size of a piece: one query returns the first pieces of all of them. */
const PAGE_OBJECTS = 32
const PIECE_BYTES = 256 * 1024

interface LargeObject {
  oid: string
  owner: string
  comment: string | null
  /** null: the default rights. An empty role is PUBLIC. */
  grants: Grant[] | null
  /** First bytes in hexadecimal. */
  hex: string
}

interface Grant {
  grantor: string
  role: string
  right: string
  grantable: boolean
}

function pageSql(after: string): string {
  return `
  SELECT m.oid::text AS oid, pg_catalog.pg_get_userbyid(m.lomowner) AS owner,
    pg_catalog.obj_description(m.oid, 'pg_largeobject') AS comment,
    CASE WHEN m.lomacl IS NOT NULL THEN
      (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'grantor', pg_catalog.pg_get_userbyid(a.grantor), 'right', a.privilege_type, 'grantable', a.is_grantable,
        'role', CASE WHEN a.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END) ORDER BY a.n), '[]')
      FROM pg_catalog.aclexplode(m.lomacl) WITH ORDINALITY AS a(grantor, grantee, privilege_type, is_grantable, n)) END AS grants,
    pg_catalog.encode(pg_catalog.lo_get(m.oid, 0, ${PIECE_BYTES}), 'hex') AS hex
  FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid > ${after} ORDER BY m.oid LIMIT ${PAGE_OBJECTS}`
}

/**
 * Yields the statements that create and fill every large object, one a line, in pieces that fit in memory. They need no
 * transaction and no file descriptor, so any loader can run them. Equal objects give equal statements.
 */
export async function* readLargeObjectLines(query: RunQuery): AsyncGenerator<string> {
  let after = '0'
  for (;;) {
    const page = await query<LargeObject>(pageSql(after))
    for (const object of page) yield* linesOf(query, object)
    const last = page.at(-1)
    if (!last || page.length < PAGE_OBJECTS) return
    after = last.oid
  }
}

/** Fills the object before changing its owner, who may deny writing to others. */
async function* linesOf(query: RunQuery, object: LargeObject): AsyncGenerator<string> {
  const { oid, owner, comment, grants } = object
  yield `SELECT pg_catalog.lo_create(${oid});\n`
  let { hex } = object
  for (let at = 0; hex !== ''; at += PIECE_BYTES) {
    yield `SELECT pg_catalog.lo_put(${oid}, ${at}, pg_catalog.decode('${hex}', 'hex'));\n`
    hex = hex.length < 2 * PIECE_BYTES ? '' : await readPiece(query, oid, at + PIECE_BYTES)
  }
  yield `ALTER LARGE OBJECT ${oid} OWNER TO ${quoteName(owner)};\n`
  if (comment !== null) yield `COMMENT ON LARGE OBJECT ${oid} IS ${quoteText(comment)};\n`
  if (grants) yield* grantLines(oid, owner, grants)
}

async function readPiece(query: RunQuery, oid: string, at: number): Promise<string> {
  const sql = `SELECT pg_catalog.encode(pg_catalog.lo_get(${oid}, ${at}, ${PIECE_BYTES}), 'hex') AS hex`
  return (await query<{ hex: string }>(sql))[0]?.hex ?? ''
}

function* grantLines(oid: string, owner: string, grants: Grant[]): Generator<string> {
  yield `REVOKE ALL ON LARGE OBJECT ${oid} FROM PUBLIC, ${quoteName(owner)};\n`
  for (const { grantor, role, right, grantable } of grants) {
    const grantee = role === '' ? 'PUBLIC' : quoteName(role)
    const grant = `GRANT ${right} ON LARGE OBJECT ${oid} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''};\n`
    if (grantor === owner) yield grant
    else yield `SET SESSION AUTHORIZATION ${quoteText(grantor)};\n${grant}RESET SESSION AUTHORIZATION;\n`
  }
}
