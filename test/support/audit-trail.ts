import type { ObjectStore } from '#backups/store/object-store'

interface TrailEntry {
  action: string
  object: string
  details: Record<string, unknown>
}

/** The entries that `writeTrail` left in the place of the backups, oldest first. */
export async function readTrail(store: ObjectStore): Promise<TrailEntry[]> {
  const keys = (await store.listKeys('hunter-audit/')).sort()
  return Promise.all(keys.map(async (key) => (await store.getJson(key)) as TrailEntry))
}
