import { type BackupRef, readAnyManifest } from '#backups/catalog'
import { countingReads } from '#backups/counting-reads'
import type { ObjectStore } from '#backups/object-store'
import { bar, type Screen, showProgress } from '#cli/progress'
import { bytes, seconds } from '#cli/terminal'

interface Reading {
  store: ObjectStore
  ref: BackupRef
  json: boolean | undefined
  screen?: Screen
}

/** How a person would call it, and how many times it reads as much as the backup has. */
interface Work {
  what: string
  readings: number
}

/** Shows how much of a backup was fetched while the work goes on; nothing in a pipe or with --json. */
export async function showingReads<T>(
  { store, ref, json, screen = process.stderr }: Reading,
  { what, readings }: Work,
  work: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  if (json || !screen.isTTY) return work(store)
  const { object } = await readAnyManifest(store, ref)
  const reads = countingReads(store)
  const startedAt = performance.now()
  const expected = readings * object.gzipBytes
  const line = () => {
    const took = seconds(performance.now() - startedAt)
    return `${bar(reads.bytes(), expected)}  ${what}, ${bytes(reads.bytes())} read, ${took}`
  }
  const hide = showProgress(screen, line)
  try {
    return await work({ ...store, ...reads.store })
  } finally {
    hide()
  }
}
