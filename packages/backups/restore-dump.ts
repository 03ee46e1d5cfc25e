import { eachAtOnce } from '#backups/at-once'
import { portable } from '#backups/ddl'
import { type Manifest, type Member, type TableMember, tableMembers } from '#backups/manifest'
import { type MemberStore, readMember, readText } from '#backups/read-member'
import type { RestoreTarget } from '#backups/restore-target'

/**
 * Puts a dump into an empty database in the object's order, as psql would; of the tables' rows, as many members at once
 * as the target copies. No table is ever in memory as a whole. Compares nothing: `compareCopy` does.
 */
export async function restoreDump(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  const [preData, ...others] = manifest.members.filter(({ kind }) => kind !== 'table')
  if (preData) await execute(store, manifest, target, preData)
  const copyIn = (member: TableMember) => target.copyIn(member, readMember(store, manifest, member))
  const [configuration = [], tables = []] = [true, false].map((isConfiguration) =>
    tableMembers(manifest).filter(({ filter }) => (filter !== undefined) === isConfiguration),
  )
  for (const member of configuration) await copyIn(member) // an extension's foreign keys are there already
  await eachAtOnce(tables, target.copiesMax, copyIn)
  for (const member of others) await execute(store, manifest, target, member)
}

async function execute(store: MemberStore, manifest: Manifest, target: RestoreTarget, member: Member): Promise<void> {
  const sql = await readText(store, manifest, member)
  if (sql.trim() !== '') await target.execute(portable(sql, target.serverMajor))
}
