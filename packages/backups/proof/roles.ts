import { type DdlEntry, readDdl } from '#backups/postgres/pg-dump-entries'
import type { Manifest } from '#backups/format/manifest'
import { type MemberStore, readSql } from '#backups/dump/read-member'
import type { RestoreTarget } from '#backups/restore/target'

/** Kinds of objects that only a superuser may own, some of them depending on their contents. */
const OWNED_BY_SUPERUSERS = new Set(['FOREIGN DATA WRAPPER', 'EVENT TRIGGER', 'PUBLICATION', 'SUBSCRIPTION'])
const OWNER = /^ALTER .* OWNER TO (?<role>.*);$/gm

/**
 * Makes the owners superusers. A dump creates the roles that it names without rights, and such roles cannot own these
 * objects. Use it only on a server without other users.
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

/** Returns the owners, quoted. */
function ownersIn({ type, sql }: DdlEntry): string[] {
  if (!OWNED_BY_SUPERUSERS.has(type)) return []
  return [...sql.matchAll(OWNER)].map(({ groups }) => groups?.['role'] ?? '')
}
