/**
 * Stores the keys on disk, so that local data survive a restart. An unreadable file counts as empty: this is a cache.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod/mini'
import type { Store } from '#emulators/redis/store'

const snapshotSchema = z.object({
  version: z.literal(1),
  keys: z.array(
    z.object({
      key: z.string(),
      value: z.union([z.string(), z.object({ hash: z.array(z.tuple([z.string(), z.string()])) })]),
      expiresAtMs: z.nullable(z.number()),
    }),
  ),
})

type Snapshot = z.infer<typeof snapshotSchema>

/** Loads the file's keys into the store. */
export async function loadSnapshot(path: string, store: Store): Promise<void> {
  for (const { key, value, expiresAtMs } of await readSnapshot(path)) {
    store.set(key, typeof value === 'string' ? value : new Map(value.hash), expiresAtMs)
  }
  store.sweep()
}

async function readSnapshot(path: string): Promise<Snapshot['keys']> {
  try {
    return z.parse(snapshotSchema, JSON.parse(await readFile(path, 'utf8'))).keys
  } catch {
    return []
  }
}

/** Writes beside the file and renames: a reader finds the old file or the new one, complete. */
export async function saveSnapshot(path: string, store: Store): Promise<void> {
  const snapshot: Snapshot = { version: 1, keys: store.living().map(([key, entry]) => ({ key, ...plain(entry) })) }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, JSON.stringify(snapshot), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

function plain({ value, expiresAtMs }: ReturnType<Store['living']>[number][1]): Omit<Snapshot['keys'][number], 'key'> {
  return { value: typeof value === 'string' ? value : { hash: [...value] }, expiresAtMs }
}
