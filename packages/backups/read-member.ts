import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError, messageOf } from '#platform/errors'
import { frameOf, type MemberFrame } from '#backups/dump-format'
import type { Manifest, Member, SqlMemberKind } from '#backups/manifest'
import type { ObjectStore } from '#backups/object-store'

export type MemberStore = Pick<ObjectStore, 'read'>

const CHUNK_BYTES = 256 * 1024

/**
 * What lies between a member's first and last line, read with one ranged GET. Throws after the last chunk, too: only a
 * reader that came to the end has seen the whole member.
 * @throws AppError BACKUP_DAMAGED when it does not unpack, or begins, ends or measures otherwise than its manifest says
 */
export async function* readMember(store: MemberStore, manifest: Manifest, member: Member): AsyncGenerator<Buffer> {
  const frame = frameOf(manifest.id, member)
  const stored = await store.read(manifest.object, member)
  const unpacked = manifest.object.codec === 'none' ? stored : gunzipped(stored)
  let rawBytes = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of unpacked) {
      rawBytes += chunk.length
      yield chunk
    }
  }
  try {
    yield* withoutFrame(counted(), frame)
  } catch (cause) {
    if (cause instanceof AppError || !isZlibError(cause)) throw cause
    throw new AppError('BACKUP_DAMAGED', `${member.name} does not unpack: ${messageOf(cause)}`, { cause })
  }
  if (rawBytes === member.rawBytes) return
  throw new AppError('BACKUP_DAMAGED', `${member.name} unpacks to ${rawBytes} bytes and not ${member.rawBytes}`)
}

function gunzipped(stored: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  pipeline(stored, gunzip, () => undefined) // a failure of either ends the reader's loop with it
  return gunzip as AsyncIterable<Buffer>
}

/** For the definitions, which are small. */
export async function readSql(store: MemberStore, manifest: Manifest, kind: SqlMemberKind): Promise<string> {
  const member = manifest.members.find((candidate) => candidate.kind === kind)
  if (!member) throw new AppError('BACKUP_DAMAGED', `the dump has no ${kind}`)
  return readText(store, manifest, member)
}

/** A member of statements: definitions, or some megabytes of large objects. */
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

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}
