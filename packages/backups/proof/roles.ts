import { type DdlEntry, readDdl } from '#backups/postgres/pg-dump-entries'
import type { Manifest } from '#backups/format/manifest'
import { type MemberStore, readSql } from '#backups/dump/read-member'
import type { RestoreTarget } from '#backups/restore/target'

/** Kinds of objects that a superuser alone may own, some of them whatever they hold. */
const OWNED_BY_SUPERUSERS = new Set(['FOREIGN DATA WRAPPER', 'EVENT TRIGGER', 'PUBLICATION', 'SUBSCRIPTION'])
const OWNER = /^ALTER .* OWNER TO (?<role>.*);$/gm

/**
 * A dump makes the roles that it names without a right, and so could not give these objects to their owners. Only for a
 * server that nobody else uses.
 */
export async function makeSuperusers(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  const sections = [await readSql(store, manifest, 'pre-data'), await readSql(store, manifest, 'post-data')]
  await makeOwnersSuperusers(
    sections.flatMap((sql) => readDdl(sql).entries),
    target,
  )
}

export async function makeOwnersSuperusers(
  entries: DdlEntry[],
  target: Pick<RestoreTarget, 'query' | 'execute'>,
): Promise<void> {
  const roles = new Set(entries.flatMap(ownersIn))
  const existing = await target.query<{ role: string }>('SELECT pg_catalog.quote_ident(rolname) AS role FROM pg_roles')
  for (const { role } of existing) roles.delete(role)
  for (const role of roles) await target.execute(`CREATE ROLE ${role} SUPERUSER`)
}

/** Quoted as SQL wants them. */
function ownersIn({ type, sql }: DdlEntry): string[] {
  if (!OWNED_BY_SUPERUSERS.has(type)) return []
  return [...sql.matchAll(OWNER)].map(({ groups }) => groups?.['role'] ?? '')
}
