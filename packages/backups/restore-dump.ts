import { eachAtOnce } from '#backups/at-once'
import { type Manifest, type Member, tableMembers } from '#backups/manifest'
import { type MemberStore, readMember, readText } from '#backups/read-member'
import type { RestoreTarget } from '#backups/restore-target'

/**
 * Puts a dump into an empty database in the object's order, as psql would; of the tables' rows, as many members at once
 * as the target copies. No table is ever in memory as a whole. Compares nothing: `compareCopy` does.
 */
export async function restoreDump(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  const [preData, ...others] = manifest.members.filter(({ kind }) => kind !== 'table')
  if (preData) await execute(store, manifest, target, preData)
  await eachAtOnce(tableMembers(manifest), target.copiesMax, (member) =>
    target.copyIn(member, readMember(store, manifest, member)),
  )
  for (const member of others) await execute(store, manifest, target, member)
}

async function execute(store: MemberStore, manifest: Manifest, target: RestoreTarget, member: Member): Promise<void> {
  const sql = await readText(store, manifest, member)
  if (sql.trim() !== '') await target.execute(sql)
}
