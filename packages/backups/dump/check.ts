import { AppError } from '#platform/errors'
import { createFingerprint } from '#backups/dump/fingerprint'
import type { Manifest } from '#backups/format/manifest'
import { readMember } from '#backups/dump/read-member'
import type { ObjectStore } from '#backups/store/object-store'
import { formatCount } from '#platform/count-text'

type DumpStore = Pick<ObjectStore, 'read'>

/**
 * Checks that members follow each other without a gap, from the definitions to the end mark. @throws AppError
 * BACKUP_DAMAGED
 */
export function checkLayout({ members, object }: Manifest): void {
  let end = 0
  for (const member of members) {
    if (member.end <= member.start) throw damaged(`${member.name} ends at byte ${member.end}, before it starts`)
    if (member.start !== end) throw damaged(`${member.name} starts at byte ${member.start} instead of ${end}`)
    end = member.end
  }
  if (end !== object.gzipBytes) throw damaged(`the last part ends at byte ${end}`)
  const [first, last] = [members[0], members.at(-1)]
  if (first?.kind !== 'pre-data' || last?.kind !== 'refresh') throw damaged('the dump lacks its first or its last part')
}

/** Checks that each member unpacks and has the first and last lines of its kind. @throws AppError BACKUP_DAMAGED */
export async function checkMembers(store: DumpStore, manifest: Manifest): Promise<void> {
  for (const member of manifest.members) {
    for await (const chunk of readMember(store, manifest, member)) void chunk
  }
}

/** Does the same as `checkMembers`, and compares each row's hash with the source's. @throws AppError BACKUP_DAMAGED */
export async function checkRows(store: DumpStore, manifest: Manifest): Promise<void> {
  for (const member of manifest.members) {
    const read = createFingerprint()
    for await (const chunk of readMember(store, manifest, member)) if ('rows' in member) read.update(chunk)
    if (!('rows' in member)) continue
    const { rows, fingerprint } = read.result()
    if (rows !== member.rows) throw damaged(`${member.name} has ${formatCount(rows, 'row')} instead of ${member.rows}`)
    if (fingerprint !== member.fingerprint) throw damaged(`${member.name} has different rows`)
  }
}

function damaged(message: string): AppError {
  return new AppError('BACKUP_DAMAGED', message)
}
