/** What "plan" and "cleanup" show: the same plan, before and after it was carried out. */
import type { RetentionDecision } from '#backups/retention-plan'
import { readRetentionPlan } from '#backups/retention-apply'
import { configSourceOf } from '#backups/object-keys'
import type { Snapshots } from '#backups/snapshot'
import { planSnapshots, type SnapshotDecision } from '#backups/snapshot-plan'
import { attach } from '#cli/attach'
import { json } from '#cli/backup/report'
import { paint, print, table } from '#cli/terminal'
import { BACKUP_TIMEZONE, newRetention } from '#runtime/backup-operations'
import { baseOf } from '#runtime/base'
import { databaseSnapshots } from '#runtime/snapshots'

export interface RetentionReport {
  backups: (RetentionDecision & { source: string })[]
  snapshots: SnapshotDecision[]
}

/** Of the stack: its data, its settings and its database's snapshots. */
export async function readReport(): Promise<RetentionReport & { service: Snapshots | undefined }> {
  await attach()
  const { settings, clock } = baseOf('cli')
  const own = settings.HUNTER_BACKUP_SOURCE
  const when = { now: clock.now(), timezone: BACKUP_TIMEZONE }
  const deps = newRetention()
  const backups: RetentionReport['backups'] = []
  for (const source of [own, configSourceOf(own)]) {
    const plan = await readRetentionPlan(deps, { source, ...when })
    backups.push(...plan.map((decision) => ({ source, ...decision })))
  }
  const service = databaseSnapshots(settings)
  const snapshots = service ? planSnapshots(await service.list(), { source: own, ...when }) : []
  return { backups, snapshots, service }
}

export function printReport({ backups, snapshots }: RetentionReport, asJson: boolean | undefined): void {
  if (asJson) return print(json({ backups, snapshots }))
  if (backups.length === 0 && snapshots.length === 0) return print('No backups yet. Make one with "hunter backup run".')
  if (backups.length > 0)
    print(table(['id', 'name', 'state', 'action', 'tier', 'expires', 'reason'], backups.map(backupRow)))
  if (snapshots.length > 0) print(`\n${table(['snapshot', 'action', 'reason'], snapshots.map(snapshotRow))}`)
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
    expiresAt?.toISOString().slice(0, 10) ?? 'never',
    reason,
  ]
}

function snapshotRow({ identifier, action, reason }: SnapshotDecision): string[] {
  return [identifier, actionText(action), reason]
}

function actionText(action: RetentionDecision['action']): string {
  if (action === 'keep') return action
  return paint(action === 'remove' ? 'red' : 'yellow', action)
}
