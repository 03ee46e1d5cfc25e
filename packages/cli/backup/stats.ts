import { BACKUP_OBJECTIVES } from '#backups/operations/objectives'
import { readStats } from '#backups/operations/read-stats'
import { type BackupStats, isAllProven } from '#backups/operations/stats'
import { fromArg, nameArg, openPlace } from '#cli/backup/place'
import { formatJson, jsonArg, formatNoBackups } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { formatBytes, paint, print, formatSeconds } from '#cli/terminal'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { watchRuns } from '#runtime/run-host'
import { formatCount } from '#platform/count-text'

export const statsCommand = withExamples(
  {
    args: { from: fromArg, name: nameArg, json: jsonArg },
    run: async ({ args }) => {
      const { store, sources } = await openPlace(args)
      const all: SourceStats[] = []
      const watch = watchRuns(systemClock)
      for (const source of sources) {
        const stats = await readStats(store, source, watch)
        if (stats) all.push(stats)
      }
      if (args.json) print(formatJson(all))
      else if (all.length === 0) print(formatNoBackups(args.name))
      else print(all.map((stats) => formatStats(stats, args.from === undefined)).join('\n\n'))
      requireProven(all)
    },
  },
  ['npx hunter backup stats', 'npx hunter backup stats --from /mnt/backups --json'],
)

type SourceStats = { source: string } & BackupStats

/** Fails after everything is printed. @throws AppError BACKUP_UNPROVEN */
function requireProven(all: SourceStats[]): void {
  const bad = all.filter((stats) => !isAllProven(stats))
  if (bad.length === 0) return
  const said = bad.map(({ source, verified, backups, runsFailed }) => {
    return `${source}: ${verified} of ${backups} verified, ${formatCount(runsFailed, 'run')} failed`
  })
  throw new AppError('BACKUP_UNPROVEN', `not everything is proven (${said.join('; ')}); "hunter backup list" shows why`)
}

/** Only a stack can run drills, so only there is the advice useful. */
function formatStats({ source, ...stats }: SourceStats, isStack: boolean): string {
  const drills = isStack || stats.drills > 0 ? [line('drills', drillsText(stats))] : []
  return [paint('bold', source), ...formatLines(stats), ...drills, ...recoveryLine(stats)].join('\n')
}

function formatLines(stats: BackupStats): string[] {
  const { newest, newestVerified, growthBytesPerDay, proofRate, proofRestoreMsMedian } = stats
  const { verified, failed, unproven } = stats
  return [
    line('backups', `${stats.backups}: ${verified} verified, ${failed} failed, ${unproven} not proven yet`),
    ...failedRunsLine(stats).map((text) => line('failed runs', text)),
    ...(proofRate === undefined ? [] : [line('proof rate', `${(proofRate * 100).toFixed(1)} %`)]),
    ...(stats.fromFuture === 0
      ? []
      : [
          line(
            'wrong clock',
            paint('red', `${formatCount(stats.fromFuture, 'backup')} stamped in the future; not counted below`),
          ),
        ]),
    line(
      'last verified',
      newestVerified ? `${newestVerified.id}, ${ageText(newestVerified.ageMs)}` : paint('red', 'none'),
    ),
    line('stored', formatBytes(stats.storedBytes)),
    ...(newest
      ? [
          line(
            'newest',
            `${formatBytes(newest.rawBytes)} in ${formatBytes(newest.storedBytes)}, ${formatSeconds(newest.durationMs)}`,
          ),
        ]
      : []),
    ...(growthBytesPerDay === undefined ? [] : [line('growth', `${signedBytes(growthBytesPerDay)} a day`)]),
    ...(proofRestoreMsMedian === undefined
      ? []
      : [line('proof restore', `${formatSeconds(proofRestoreMsMedian)} (median)`)]),
  ]
}

function recoveryLine({ recovery }: BackupStats): string[] {
  if (recovery === undefined) return []
  const { lastMs, medianMs, longestMs } = recovery
  return [
    line(
      'recovery time',
      `${formatSeconds(lastMs)} (last), ${formatSeconds(medianMs)} (median), ${formatSeconds(longestMs)} (longest)`,
    ),
  ]
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(15)}${text}`
}

function failedRunsLine({ runsFailed, lastFailedRun }: BackupStats): string[] {
  if (runsFailed === 0) return []
  const last = lastFailedRun && `, the last ${lastFailedRun.id}: ${lastFailedRun.code ?? ''} ${lastFailedRun.reason}`
  return [paint('red', `${runsFailed}${last?.replace(':  ', ': ') ?? ''}`)]
}

function ageText(ms: number): string {
  const hours = ms / 3_600_000
  const text = hours < 48 ? `${hours.toFixed(1)} hours old` : `${(hours / 24).toFixed(1)} days old`
  return hours > BACKUP_OBJECTIVES.newestVerifiedHoursMax ? paint('red', text) : text
}

function drillsText({ drills, drillsFailed }: BackupStats): string {
  if (drills === 0) return 'none yet; run one with "hunter backup drill"'
  return `${formatCount(drills, 'drill')}, ${drillsFailed === 0 ? 'none' : paint('red', String(drillsFailed))} failed`
}

function signedBytes(count: number): string {
  return `${count < 0 ? '-' : '+'}${formatBytes(Math.round(Math.abs(count)))}`
}
