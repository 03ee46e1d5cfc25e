/**
 * Keeps the audit trail in the bucket, for installations without a database: one object for each action, never
 * overwritten. Entries outlive the backups that they describe.
 */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import type { ObjectStore } from '#backups/store/object-store'

const TRAIL_VERSION = 1
/** No database's name: its folders differ from those of backups. */
const FOLDER = 'hunter-audit'

const entrySchema = z.object({
  version: z.literal(TRAIL_VERSION),
  at: z.iso.datetime(),
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  details: z.record(z.string(), z.unknown()),
})

export type TrailEntry = z.infer<typeof entrySchema>

/** `randomHex` separates two entries of one second. @throws AppError STORAGE_UNAVAILABLE */
export async function writeTrail(
  store: Pick<ObjectStore, 'putJson'>,
  entry: Omit<TrailEntry, 'version'>,
  randomHex: string,
): Promise<void> {
  const stamp = entry.at.replaceAll(/[-:.]/g, '')
  await store.putJson(`${FOLDER}/${entry.at.slice(0, 4)}/${entry.at.slice(5, 7)}/${stamp}-${randomHex}.json`, {
    version: TRAIL_VERSION,
    ...entry,
  })
}

/** Returns entries oldest first and skips those of an unknown version. @throws AppError STORAGE_UNAVAILABLE */
export async function readTrail(store: Pick<ObjectStore, 'listKeys' | 'getJson'>): Promise<TrailEntry[]> {
  const entries: TrailEntry[] = []
  for (const key of (await store.listKeys(`${FOLDER}/`)).sort()) {
    const json = await store.getJson(key).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'BACKUP_DAMAGED') return undefined
      throw error
    })
    const { data } = z.safeParse(entrySchema, json)
    if (data) entries.push(data)
  }
  return entries
}
