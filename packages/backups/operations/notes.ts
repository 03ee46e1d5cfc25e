/**
 * Stores people's notes beside the manifest, which never changes and is bound to its proof. They are removed with the
 * backup.
 */
import pLimit from 'p-limit'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { hasCharacters, hasHiddenText } from '#platform/visible-text'
import { type BackupId, isBackupId } from '#backups/format/backup-id'
import type { BackupRef, CatalogStore } from '#backups/store/catalog'
import { parseBackupKey, buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'

const NOTES_VERSION = 1
const NOTE_LENGTH_MAX = 2_000
const TAGS_MAX = 32
/**
 * The pattern excludes control characters, which could move a terminal's cursor, and a leading dash, which would look
 * like an option.
 */
const TAG = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u

const notesSchema = z.object({
  version: z.literal(NOTES_VERSION),
  backupId: z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
  changedAt: z.iso.datetime(),
  note: z.optional(z.string().check(z.refine((text) => !hidesMore(text)))),
  tags: z.array(z.string().check(z.refine(isTag))),
})

export interface Notes {
  note?: string | undefined
  tags: string[]
}

type NoteStore = Pick<ObjectStore, 'getJson' | 'putJson'>

/** Skips notes of an unknown version. @throws AppError STORAGE_UNAVAILABLE */
export async function readNotes(store: Pick<NoteStore, 'getJson'>, { source, id }: BackupRef): Promise<Notes> {
  const json = await store.getJson(buildBackupKeys(source, id).notes).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'BACKUP_DAMAGED') return undefined
    throw error
  })
  const { note, tags = [] } = z.safeParse(notesSchema, json).data ?? {}
  return note === undefined ? { tags } : { note, tags }
}

/** Reads the notes of every backup of a source. @throws AppError STORAGE_UNAVAILABLE */
export async function readAllNotes(store: CatalogStore, source: string): Promise<Map<BackupId, Notes>> {
  const ids = (await store.listKeys(`${source}/`)).flatMap((key) => {
    const ref = parseBackupKey(key)
    return ref && key === buildBackupKeys(source, ref.id).notes ? [ref.id] : []
  })
  const limit = pLimit(READS_AT_ONCE)
  const read = ids.map((id) => limit(async () => [id, await readNotes(store, { source, id })] as const))
  return new Map(await Promise.all(read))
}

const READS_AT_ONCE = 8

/** The last of two concurrent writes wins. @throws AppError STORAGE_UNAVAILABLE */
export async function writeNotes(
  store: NoteStore,
  { source, id }: BackupRef,
  { note, tags, now }: Notes & { now: Date },
): Promise<Notes> {
  const text = note?.trim()
  const notes = { ...(text ? { note: checkNote(text) } : {}), tags: checkTags(tags) }
  const file = { version: NOTES_VERSION, backupId: id, changedAt: now.toISOString(), ...notes }
  await store.putJson(buildBackupKeys(source, id).notes, file)
  return notes
}

/** Returns the tags sorted and without duplicates. @throws AppError USAGE */
export function checkTags(tags: readonly string[]): string[] {
  const bad = tags.find((tag) => !isTag(tag))
  const rule = 'letters, digits, dots, dashes and underscores, 63 at most'
  if (bad !== undefined) throw new AppError('USAGE', `${JSON.stringify(bad)} is not a tag: a tag has ${rule}`)
  const all = [...new Set(tags)].sort()
  if (all.length <= TAGS_MAX) return all
  throw new AppError('USAGE', `a backup can have at most ${TAGS_MAX} tags, not ${all.length}`)
}

function checkNote(text: string): string {
  if (hasCharacters(text, 0, NOTE_LENGTH_MAX) && !hidesMore(text)) return text
  throw new AppError('USAGE', `a note can have at most ${NOTE_LENGTH_MAX} characters and no hidden ones`)
}

/** A note may have several lines. */
function hidesMore(note: string): boolean {
  return hasHiddenText(note.replaceAll('\n', ' '))
}

/** The class of letters includes a filler character that shows nothing. */
function isTag(text: string): boolean {
  return TAG.test(text) && !hasHiddenText(text)
}
