import type { Manifest, Member } from '#backups/manifest'
import { type MemberStore, readMember, readText } from '#backups/read-member'
import type { RestoreTarget } from '#backups/restore-target'

/**
 * Puts a dump into an empty database, member by member in the object's order, as psql would. No table is ever in memory
 * as a whole. Compares nothing: `compareCopy` does.
 */
export async function restoreDump(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  for (const member of manifest.members) await restoreMember(store, manifest, target, member)
}

async function restoreMember(
  store: MemberStore,
  manifest: Manifest,
  target: RestoreTarget,
  member: Member,
): Promise<void> {
  if (member.kind === 'table') return target.copyIn(member, readMember(store, manifest, member))
  const sql = await readText(store, manifest, member)
  if (sql.trim() !== '') await target.execute(sql)
}
