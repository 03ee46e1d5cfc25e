/** Shows the retention plan page by page. A page reads the tags of its own backups alone, and changes nothing. */
import type { BackupId } from '#backups/format/backup-id'
import { type CatalogDeps, compareRefs } from '#backups/operations/list-page'
import { readRetentionPlan } from '#backups/retention/apply-tags'
import type { RetentionDecision } from '#backups/retention/plan'
import type { BackupRef } from '#backups/store/catalog'
import type { CatalogView } from '#backups/store/catalog-view'

/** A decision needs the state of the backups around it, so each source is read this far, newest first. */
const PLANNED_MAX = 1_000

interface Calendar {
  now: Date
  /** IANA time zone of months and weeks. */
  timezone: string
}

interface PlanInput extends Calendar {
  sources: readonly string[]
  limit: number
  /** The last one of the page before. */
  after?: BackupRef | undefined
  /** Decisions to drop before the page. */
  offset?: number | undefined
}

interface PlanPage {
  /** Newest first by the time in their ids. */
  items: (RetentionDecision & { source: string })[]
  /** Undefined on the last page. */
  last: BackupRef | undefined
  /** Backups that are too old to be planned here. */
  older: number
}

/** @throws AppError STORAGE_UNAVAILABLE */
export async function listPlanPage(
  deps: CatalogDeps,
  { sources, limit, after, offset = 0, ...calendar }: PlanInput,
): Promise<PlanPage> {
  const views = await Promise.all(sources.map(async (source) => [source, await deps.open(source)] as const))
  const refs = views
    .flatMap(([source, { ids }]) => ids.slice(0, PLANNED_MAX).map((id) => ({ source, id })))
    .filter((ref) => after === undefined || compareRefs(ref, after) > 0)
    .sort(compareRefs)
  const page = refs.slice(offset, offset + limit)
  const decided = views.map(async ([source, view]) => {
    const ids = page.filter((ref) => ref.source === source).map(({ id }) => id)
    return (await planSome(deps, view, { source, ids, ...calendar })).map((decision) => ({ source, ...decision }))
  })
  return {
    items: (await Promise.all(decided)).flat().sort(compareRefs),
    last: refs.length > offset + limit ? page.at(-1) : undefined,
    older: countOlder(views.map(([, view]) => view)),
  }
}

/** The part of a source that plans and statistics look at. */
export function pickPlanned(view: CatalogView): CatalogView {
  return view.pick(view.ids.slice(0, PLANNED_MAX))
}

export function countOlder(views: readonly CatalogView[]): number {
  return views.reduce((sum, { ids }) => sum + Math.max(0, ids.length - PLANNED_MAX), 0)
}

/** Decides on these alone. One that is older than the newest `PLANNED_MAX` gets no decision. */
export async function planSome(
  { tags }: Pick<CatalogDeps, 'tags'>,
  view: CatalogView,
  { source, ids, ...calendar }: Calendar & { source: string; ids: readonly BackupId[] },
): Promise<RetentionDecision[]> {
  if (ids.length === 0) return []
  return readRetentionPlan({ store: pickPlanned(view), tags }, { source, only: new Set(ids), ...calendar })
}
