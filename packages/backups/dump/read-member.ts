import { AppError } from '#platform/errors'
import { buildFrame, type MemberFrame } from '#backups/dump/member-frame'
import type { Manifest, Member, SqlMemberKind } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { unpackStored } from '#backups/store/unpack-stored'

export type MemberStore = Pick<ObjectStore, 'read'>

/**
 * Reads the text between a member's first and last line with one ranged GET. It may throw after the last chunk: only a
 * reader that reached the end has verified the member. A member of an older manifest has no hash of its own: see
 * `readRestorable`. @throws AppError BACKUP_DAMAGED when the bytes differ from what was written, or the first or last
 * line is not that of its kind
 */
export async function* readMember(store: MemberStore, manifest: Manifest, member: Member): AsyncGenerator<Buffer> {
  const { codec } = manifest.object
  const stored = await store.read(manifest.object, member)
  yield* withoutFrame(unpackStored(stored, { ...member, codec }), buildFrame(manifest.id, member))
}

/** Reads a member of definitions, which is small. */
export async function readSql(store: MemberStore, manifest: Manifest, kind: SqlMemberKind): Promise<string> {
  const member = manifest.members.find((candidate) => candidate.kind === kind)
  if (!member) throw new AppError('BACKUP_DAMAGED', `the dump has no ${kind}`)
  return readText(store, manifest, member)
}

/** Reads a member of statements: definitions, or some megabytes of large objects. */
export async function readText(store: MemberStore, manifest: Manifest, member: Member): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of readMember(store, manifest, member)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

async function* withoutFrame(chunks: AsyncIterable<Buffer>, frame: MemberFrame): AsyncGenerator<Buffer> {
  const head = Buffer.from(frame.head)
  const foot = Buffer.from(frame.foot)
  let held: Buffer = Buffer.alloc(0)
  let isBegun = false
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk])
    if (!isBegun) {
      if (held.length < head.length) continue
      if (!held.subarray(0, head.length).equals(head)) throw unexpected('begin', frame.head)
      held = held.subarray(head.length)
      isBegun = true
    }
    const body = held.subarray(0, Math.max(0, held.length - foot.length))
    if (body.length > 0) yield body
    held = held.subarray(body.length)
  }
  if (!isBegun) throw unexpected('begin', frame.head)
  if (!held.equals(foot)) throw unexpected('end', frame.foot)
}

function unexpected(where: string, line: string): AppError {
  return new AppError('BACKUP_DAMAGED', `a part of the dump does not ${where} with ${JSON.stringify(line)}`)
}
