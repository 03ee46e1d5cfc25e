import { AppError } from '#platform/errors'
import { forEachLimit } from '#platform/async/for-each-limit'
import { readDdl, writeDdl } from '#backups/postgres/pg-dump-entries'
import { createDefinitionsHash, type DefinitionsHash } from '#backups/format/definitions-hash'
import { removeGuards, removeLargeObjectRoles, removeOwner } from '#backups/dump/dumped-roles'
import { type Manifest, type Member, type TableMember, selectTableMembers } from '#backups/format/manifest'
import { explainTargetLocks } from '#backups/postgres/lock-room'
import { adaptToServer, type Majors } from '#backups/postgres/portable'
import { type MemberStore, readMember, readText } from '#backups/dump/read-member'
import { readRoleNames } from '#backups/restore/rights'
import type { RestoreTarget } from '#backups/restore/target'
import { splitBatches } from '#backups/restore/sql-batches'
import { removeSlot } from '#backups/restore/subscription-text'

/**
 * Loads a dump into an empty database in the object's order, as psql would, and copies as many members of rows
 * concurrently as the target allows. It never holds a whole table in memory. It compares nothing: `compareCopy` does.
 */
export async function restoreDump(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  const explainLocks = (cause: unknown) => {
    throw explainTargetLocks(selectTableMembers(manifest), cause)
  }
  const [preData, ...others] = manifest.members.filter(({ kind }) => kind !== 'table')
  const definitions = createDefinitionsHash()
  const majors = { source: manifest.database.serverMajor, target: target.serverMajor }
  const roles = target.ownsAll ? await readRoleNames(target.query) : undefined
  const asCopy = (sql: string, kind: Member['kind']) =>
    kind === 'sequences' ? sql : copiedSql(sql, kind, majors, roles)
  const execute = async (member: Member) => {
    const text = await readText(store, manifest, member)
    definitions.update(member.kind, text)
    const sql = asCopy(text, member.kind)
    if (sql.trim() === '') return
    for (const batch of splitBatches(member.kind, sql)) await target.execute(batch).catch(explainLocks)
  }
  if (preData) await execute(preData)
  const copyIn = (member: TableMember) => target.copyIn(member, readMember(store, manifest, member))
  const [configuration = [], tables = []] = [true, false].map((isConfiguration) =>
    selectTableMembers(manifest).filter(({ filter }) => (filter !== undefined) === isConfiguration),
  )
  for (const member of configuration) await copyIn(member) // An extension's foreign keys exist already.
  await forEachLimit(tables, target.copiesMax, copyIn)
  for (const member of others) await execute(member)
  requireSame(manifest, definitions)
}

/**
 * Rewrites definitions for the target's version. A copy's subscriptions get no slot: the slot belongs to the source's
 * subscriptions. @param roles roles of the target, when the restoring role is to own everything
 */
function copiedSql(sql: string, kind: Member['kind'], majors: Majors, roles: Set<string> | undefined): string {
  if (kind === 'large-objects') return roles ? removeLargeObjectRoles(sql) : sql
  const { preamble, entries } = readDdl(adaptToServer(sql, majors))
  const copied = entries.map(removeSlot)
  if (!roles) return writeDdl({ preamble, entries: copied })
  return writeDdl({
    preamble: removeGuards(preamble),
    entries: copied.flatMap((entry) => removeOwner(entry, roles) ?? []),
  })
}

/** Each member has its own hash; the hash of all of them reveals an omitted or added member. */
function requireSame({ definitionsSha256 }: Manifest, definitions: DefinitionsHash): void {
  if (definitionsSha256 === undefined || definitions.sha256() === definitionsSha256) return
  const message = 'the definitions are damaged: their SHA-256 does not match the manifest'
  throw new AppError('BACKUP_DAMAGED', message)
}
