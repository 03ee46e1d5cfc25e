/** "plan" shows the plan; "cleanup" shows the same plan and carries it out. */
import { type OnRemoval, planRemovals, removeBackups } from '#backups/retention/remove'
import type { RetentionDecision } from '#backups/retention/plan'
import { applyRetention, readRetentionPlan } from '#backups/retention/apply-tags'
import { type KeepRules } from '#backups/retention/keep-rules'
import { RETENTION } from '#backups/format/retention-tiers'
import { isLeft } from '#backups/operations/leftovers'
import { nameConfigSource } from '#backups/format/object-keys'
import type { Unfinished } from '#backups/retention/remover'
import { requireRightClock, type SeriesOverrides } from '#backups/operations/series'
import { planSnapshots, type SnapshotDecision } from '#backups/snapshots/plan'
import { AppError } from '#platform/errors'
import { type KeepArgs, parseKeep } from '#cli/backup/keep-args'
import { attach } from '#cli/attach'
import { withAudit } from '#cli/backup/audit'
import { chooseTrail } from '#cli/backup/place'
import { formatJson } from '#cli/backup/report'
import { formatTable } from '#cli/table'
import { formatBytes, paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { openStandalone } from '#runtime/standalone-backup'
import { createRetentionDeps } from '#runtime/backup-operations'
import { getProcessContext } from '#runtime/process-context'
import { createDatabaseSnapshots } from '#runtime/snapshots'
import { formatCount } from '#platform/count-text'

interface RetentionReport {
  backups: (RetentionDecision & { source: string })[]
  snapshots: SnapshotDecision[]
  /** Uploads that began and never finished; a stack's reconciler aborts its own. */
  unfinished?: PlannedUnfinished[]
}

/** `keep`: it was written to within a day, so its run may still go on. */
interface PlannedUnfinished extends Omit<Unfinished, 'discard'> {
  action: 'keep' | 'remove'
}

/** Counts of what was done. */
type Done = { text: string } & Record<string, number | string>

interface How extends Pick<SeriesOverrides, 'allowClockSkew'> {
  onRemoval?: OnRemoval
}

interface Planned {
  report: RetentionReport
  /** @throws AppError CLOCK_SKEWED: a wrong clock would remove good backups for good */
  carryOut: (how: How) => Promise<Done>
}

interface Where extends KeepArgs {
  from?: string | undefined
  name?: string | undefined
}

/** @throws AppError USAGE for rules on a bucket whose lifecycle removes */
export async function readReport(where: Where): Promise<Planned> {
  const keep = parseKeep(where)
  if (where.from !== undefined) return ofPlace(where.from, where, keep)
  if (keep === undefined) return ofStack(where)
  const tiers = RETENTION.map(({ tier, days }) => `${tier} ${days} days`).join(', ')
  const why = `the stack's bucket removes by its own lifecycle rules (${tiers})`
  throw new AppError('USAGE', `--keep-… needs --from: ${why}; "hunter backup forget" removes one backup`)
}

/** Plans for the stack: its data, its settings and its database's snapshots. */
async function ofStack({ name }: Where): Promise<Planned> {
  await attach()
  const { settings, clock } = getProcessContext('cli')
  const own = settings.HUNTER_BACKUP_SOURCE
  const when = { now: clock.now(), timezone: settings.HUNTER_BACKUP_TIMEZONE }
  const deps = createRetentionDeps()
  const backups: RetentionReport['backups'] = []
  for (const source of name === undefined ? [own, nameConfigSource(own)] : [name]) {
    const plan = await readRetentionPlan(deps, { source, ...when })
    backups.push(...plan.map((decision) => ({ source, ...decision })))
  }
  const service = createDatabaseSnapshots(settings)
  const snapshots = service ? planSnapshots(await service.list(), { source: name ?? own, ...when }) : []
  async function work(): Promise<Done> {
    const tagged = (await applyRetention(deps, backups)).length
    const due = snapshots.filter(({ action }) => action === 'remove')
    for (const { identifier } of due) await service?.remove(identifier)
    const text = `${formatCount(tagged, 'backup')} tagged, ${formatCount(due.length, 'snapshot')} removed`
    return { text, tagged, snapshotsRemoved: due.length }
  }
  const trail = chooseTrail({ store: deps.store, standalone: undefined })
  const isIdle = [...backups, ...snapshots].every(({ action }) => action === 'keep')
  async function carryOut({ allowClockSkew }: How): Promise<Done> {
    if (!allowClockSkew) await requireRightClock(deps.store, when.now)
    return isIdle ? work() : withAudit(trail, actOn(name ?? own, backups), work)
  }
  return { report: { backups, snapshots }, carryOut }
}

/** Plans for a folder or bucket that no stack looks after. */
async function ofPlace(from: string, { name }: Where, keep: KeepRules | undefined): Promise<Planned> {
  const { store, remover, clock, timezone } = await openStandalone(from, process.env, 'read')
  const now = clock.now()
  const removals = await planRemovals(store, { now, timezone, name, keep })
  const begun = (await remover.unfinished()).filter(({ key }) => name === undefined || key.startsWith(`${name}/`))
  const stale = begun.filter((each) => isLeft(each, now))
  async function work(onRemoval: OnRemoval | undefined): Promise<Done> {
    const removed = (await removeBackups(remover, removals, onRemoval)).length
    for (const each of stale) await each.discard()
    const text = `${formatCount(removed, 'backup')} removed, ${formatCount(stale.length, 'unfinished object')} discarded`
    return { text, removed, discarded: stale.length }
  }
  const backups = removals.map(({ keys: _keys, changes: _changes, ...decision }) => ({ ...decision, changes: [] }))
  const unfinished = begun.map(({ key, touchedAt, sizeBytes }): PlannedUnfinished => {
    const action = isLeft({ touchedAt }, now) ? 'remove' : 'keep'
    return { key, touchedAt, sizeBytes, action }
  })
  const isIdle = backups.every(({ action }) => action === 'keep') && stale.length === 0
  async function carryOut({ allowClockSkew, onRemoval }: How): Promise<Done> {
    if (!allowClockSkew) await requireRightClock(store, now)
    return isIdle ? work(onRemoval) : withAudit({ store }, actOn(name ?? 'all', backups), () => work(onRemoval))
  }
  return { report: { backups, snapshots: [], unfinished }, carryOut }
}

function actOn(what: string, backups: RetentionReport['backups']) {
  const removing = backups.filter(({ action }) => action === 'remove').map(({ source, id }) => `${source}/${id}`)
  return {
    noun: 'cleanup' as const,
    object: `backups:${what}`,
    details: { removing },
    outcome: ({ text }: Done) => ({ text }),
  }
}

export function printReport({ backups, snapshots, unfinished = [] }: RetentionReport, asJson?: boolean): void {
  if (asJson) return print(formatJson({ backups, snapshots, unfinished }))
  if (backups.length + snapshots.length + unfinished.length === 0)
    return print('No backups yet. Make one with "hunter backup run".')
  const tables = [
    { headings: ['id', 'name', 'state', 'action', 'tier', 'expires', 'reason'], rows: backups.map(backupRow) },
    { headings: ['snapshot', 'action', 'reason'], rows: snapshots.map(snapshotRow) },
    { headings: ['unfinished', 'size', 'last written', 'action', 'reason'], rows: unfinished.map(unfinishedRow) },
  ]
  const leaves = ['size', 'tier', 'last written', 'state', 'name']
  const shown = tables.filter(({ rows }) => rows.length > 0)
  print(shown.map(({ headings, rows }) => formatTable(headings, rows, { wraps: ['reason'], leaves })).join('\n\n'))
}

function backupRow({
  id,
  source,
  state,
  action,
  tier,
  expiresAt,
  reason,
}: RetentionReport['backups'][number]): string[] {
  return [
    id,
    source,
    state,
    actionText(action),
    tier ?? 'none',
    action === 'remove' ? 'now' : expiresAt ? formatTime(expiresAt).slice(0, 10) : 'never',
    reason,
  ]
}

function snapshotRow({ identifier, action, reason }: SnapshotDecision): string[] {
  return [identifier, actionText(action), reason]
}

function unfinishedRow({ key, sizeBytes, touchedAt, action }: PlannedUnfinished): string[] {
  const size = sizeBytes === undefined ? 'unknown' : formatBytes(sizeBytes)
  const reason = action === 'keep' ? 'may be in progress: written within 24 hours' : 'a killed run left it'
  return [key, size, formatTime(touchedAt), actionText(action), reason]
}

function actionText(action: RetentionDecision['action']): string {
  if (action === 'keep') return action
  return paint(action === 'remove' ? 'red' : 'yellow', action)
}
