import type { BackupId } from '#backups/format/backup-id'
import type { Member, SqlMemberKind } from '#backups/format/manifest'
import { copyInSql, type CopyTable } from '#backups/postgres/quote'

/** First and last lines of a member's text. The writer and the checker share them, so they cannot differ. */
export interface MemberFrame {
  head: string
  foot: string
}

/** `refresh` is the last member of every dump: its last line is the end mark of the whole dump. */
const LAST: SqlMemberKind = 'refresh'

export function buildFrame(id: BackupId, member: { kind: Exclude<Member['kind'], 'table'> } | CopyTable): MemberFrame {
  if ('table' in member) return { head: `${copyInSql(member)};\n`, foot: '\\.\n\n' }
  const what = member.kind === LAST ? 'the dump' : member.kind
  return { head: `-- Hunter dump ${id}: ${member.kind}\n`, foot: `-- Hunter dump ${id}: end of ${what}\n` }
}
