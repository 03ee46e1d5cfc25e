/** Lists backups page by page. A page reads a bounded number of them, however many the bucket holds. */
import pLimit from 'p-limit'
import { getBackupTime } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import { RETENTION_TAG_KEY, type Tier, TIERS } from '#backups/format/retention-tiers'
import type { RunWatch } from '#backups/operations/failed-runs'
import { type ListedBackup, listSeries } from '#backups/operations/list-series'
import type { BackupRef } from '#backups/store/catalog'
import type { CatalogView, OpenCatalog } from '#backups/store/catalog-view'
import type { TagStore } from '#backups/store/tag-store'

export interface CatalogDeps {
  open: OpenCatalog
  tags: Pick<TagStore, 'tagsOf'>
}

interface BackupFilters {
  state?: ListedBackup['state'] | undefined
  /** `none`: without a tag, so that it does not expire. */
  tier?: Tier | 'none' | undefined
  /** The first moment of the span. */
  since?: Date | undefined
  /** The first moment after the span. */
  until?: Date | undefined
}

interface ListInput extends BackupFilters {
  sources: readonly string[]
  limit: number
  /** The last one of the page before. */
  after?: BackupRef | undefined
  /** Matches to drop before the page. */
  offset?: number | undefined
}

export type TaggedBackup = ListedBackup & { tier: Tier | undefined }

interface BackupPage {
  /** Newest first by the time in their ids. */
  items: TaggedBackup[]
  /** Undefined on the last page. A page may have fewer items than its limit, and still not be the last. */
  last: BackupRef | undefined
}

/** Most backups that one page reads to find its matches. */
const EXAMINED_MAX = 500
const EXAMINED_AT_ONCE = 50
const TAGS_AT_ONCE = 16

/** @throws AppError STORAGE_UNAVAILABLE */
export async function listBackupPage(deps: CatalogDeps, input: ListInput, watch: RunWatch): Promise<BackupPage> {
  const { limit, offset = 0, state, tier } = input
  const views = new Map<string, CatalogView>()
  await Promise.all(input.sources.map(async (source) => views.set(source, await deps.open(source))))
  const needsRead = state !== undefined || tier !== undefined
  const refs = chooseRefs(views, input).slice(needsRead ? 0 : offset)
  const matches: TaggedBackup[] = []
  const wanted = limit + (needsRead ? offset : 0)
  let examined = 0
  while (matches.length <= wanted && examined < Math.min(refs.length, EXAMINED_MAX)) {
    const some = refs.slice(examined, examined + EXAMINED_AT_ONCE)
    examined += some.length
    const read = await readSome(deps.tags, views, some, watch)
    matches.push(...read.filter((backup) => isMatch(backup, { state, tier })))
  }
  const items = matches.slice(wanted - limit, wanted)
  if (matches.length > wanted) return { items, last: items.at(-1) }
  return { items, last: examined < refs.length ? refs[examined - 1] : undefined }
}

function chooseRefs(views: ReadonlyMap<string, CatalogView>, { since, until, after }: ListInput): BackupRef[] {
  const all = [...views].flatMap(([source, view]) =>
    view.ids.filter((id) => findRecord(view, { source, id }) !== undefined).map((id) => ({ source, id })),
  )
  const isInSpan = (at: Date) => (since === undefined || at >= since) && (until === undefined || at < until)
  return all
    .filter((ref) => isInSpan(getBackupTime(ref.id)) && (after === undefined || compareRefs(ref, after) > 0))
    .sort(compareRefs)
}

/** Newest first. Two sources may have a backup of the same id. */
export function compareRefs(one: BackupRef, other: BackupRef): number {
  if (one.id !== other.id) return one.id > other.id ? -1 : 1
  return one.source.localeCompare(other.source, 'en')
}

async function readSome(
  tags: CatalogDeps['tags'],
  views: ReadonlyMap<string, CatalogView>,
  refs: readonly BackupRef[],
  watch: RunWatch,
): Promise<TaggedBackup[]> {
  const limit = pLimit(TAGS_AT_ONCE)
  const series = [...Map.groupBy(refs, ({ source }) => source)].map(async ([source, some]) => {
    const view = (views.get(source) as CatalogView).pick(some.map(({ id }) => id))
    const listed = await listSeries(view, source, watch)
    return Promise.all(
      listed.map((backup) => limit(async () => ({ ...backup, tier: await readTier(tags, view, backup) }))),
    )
  })
  return (await Promise.all(series)).flat().sort(compareRefs)
}

/** Every object of a backup has the same tag. */
async function readTier(tags: CatalogDeps['tags'], view: CatalogView, ref: BackupRef): Promise<Tier | undefined> {
  const key = findRecord(view, ref)
  const value = key === undefined ? undefined : (await tags.tagsOf(key))?.[RETENTION_TAG_KEY]
  return TIERS.find((tier) => tier === value)
}

/** Finds the manifest, or else the record of the run. A folder without either is no backup. */
function findRecord(view: CatalogView, { source, id }: BackupRef): string | undefined {
  const { manifest, run } = buildBackupKeys(source, id)
  return [manifest, run].find((key) => view.has(key))
}

function isMatch(backup: TaggedBackup, { state, tier }: BackupFilters): boolean {
  return (state === undefined || backup.state === state) && (tier === undefined || (backup.tier ?? 'none') === tier)
}
