import { listBackups } from '#backups/catalog'
import { readDrills } from '#backups/drill-report'
import { BACKUP_GOALS } from '#backups/goals'
import { type BackupStats, backupStats } from '#backups/stats'
import { fromArg, nameArg, openPlace } from '#cli/backup/place'
import { counted, json, jsonArg } from '#cli/backup/report'
import { command } from '#cli/command'
import { bytes, paint, print, seconds } from '#cli/terminal'
import { systemClock } from '#platform/clock'

export const statsCommand = command(
  {
    meta: { description: 'Count and measure the backups: sizes, growth, proofs, age, recovery times' },
    args: { from: fromArg, name: nameArg, json: jsonArg },
    run: async ({ args }) => {
      const { store, sources } = await openPlace(args)
      const all: ({ source: string } & BackupStats)[] = []
      for (const source of sources) {
        const [entries, drills] = [await listBackups(store, source), await readDrills(store, source)]
        if (entries.length > 0) all.push({ source, ...backupStats(entries, drills, systemClock.now()) })
      }
      if (args.json) return print(json(all))
      if (all.length === 0) return print('No backups yet. Make one with "hunter backup run".')
      print(all.map(({ source, ...stats }) => `${paint('bold', source)}\n${linesOf(stats).join('\n')}`).join('\n\n'))
    },
  },
  ['npx hunter backup stats', 'npx hunter backup stats --from /mnt/backups --json'],
)

function linesOf(stats: BackupStats): string[] {
  const { newest, newestVerified, growthBytesPerDay, proofRate, proofRestoreMsMedian, recovery } = stats
  const { verified, failed, unproven } = stats
  const line = (name: string, text: string) => `  ${name.padEnd(15)}${text}`
  return [
    line('backups', `${stats.backups}: ${verified} verified, ${failed} failed, ${unproven} not proven yet`),
    ...(proofRate === undefined ? [] : [line('proof rate', `${(proofRate * 100).toFixed(1)} %`)]),
    line(
      'last verified',
      newestVerified ? `${newestVerified.id}, ${ageText(newestVerified.ageMs)}` : paint('red', 'none'),
    ),
    line('stored', bytes(stats.storedBytes)),
    ...(newest
      ? [line('newest', `${bytes(newest.rawBytes)} in ${bytes(newest.storedBytes)}, ${seconds(newest.durationMs)}`)]
      : []),
    ...(growthBytesPerDay === undefined ? [] : [line('growth', `${signedBytes(growthBytesPerDay)} a day`)]),
    ...(proofRestoreMsMedian === undefined ? [] : [line('proof restore', `${seconds(proofRestoreMsMedian)} (median)`)]),
    line('drills', drillsText(stats)),
    ...(recovery
      ? [
          line(
            'recovery time',
            `${seconds(recovery.lastMs)} (last), ${seconds(recovery.medianMs)} (median), ${seconds(recovery.longestMs)} (longest)`,
          ),
        ]
      : []),
  ]
}

function ageText(ms: number): string {
  const hours = ms / 3_600_000
  const text = hours < 48 ? `${hours.toFixed(1)} hours old` : `${(hours / 24).toFixed(1)} days old`
  return hours > BACKUP_GOALS.newestVerifiedHoursMax ? paint('red', text) : text
}

function drillsText({ drills, drillsFailed }: BackupStats): string {
  if (drills === 0) return 'none yet; run one with "hunter backup drill"'
  return `${counted(drills, 'drill')}, ${drillsFailed === 0 ? 'none' : paint('red', String(drillsFailed))} failed`
}

function signedBytes(count: number): string {
  return `${count < 0 ? '-' : '+'}${bytes(Math.round(Math.abs(count)))}`
}
