import pLimit from 'p-limit'
import type { UnprovenRun } from '#backups/operations/failed-runs'
import { findLeftovers, type Leftover } from '#backups/operations/leftovers'
import { describeRunEnd, type ListedBackup, listSeries } from '#backups/operations/list-series'
import type { Notes } from '#backups/operations/notes'
import { getBackupKind } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import type { Remover } from '#backups/retention/remover'
import { describeScope, getScope } from '#backups/dump/scope'
import { formatAhead, isFromFuture, mergeNewestFirst, formatSpan } from '#backups/store/series-order'
import { fromArg, nameArg, openPlace, type Place } from '#cli/backup/place'
import { formatJson, jsonArg, formatNoBackups, formatState } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { formatTable } from '#cli/table'
import { formatBytes, paint, print, formatSeconds } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { systemClock } from '#platform/clock'
import { createStackRemover } from '#runtime/backups'
import { watchRuns } from '#runtime/run-host'

const LISTS_AT_ONCE = 2

export const listCommand = withExamples(
  {
    args: {
      from: fromArg,
      name: nameArg,
      tag: { type: 'string', description: 'Only backups with this tag' },
      all: { type: 'boolean', description: 'Also list what killed runs left; "hunter backup cleanup" removes it' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const place = await openPlace(args)
      const { store, sources } = place
      const limit = pLimit(LISTS_AT_ONCE)
      const watch = watchRuns(systemClock)
      const lists = sources.map((source) => limit(() => listSeries(store, source, watch)))
      const merged = mergeNewestFirst(await Promise.all(lists))
      const entries = merged.filter(({ notes }) => args.tag === undefined || notes?.tags.includes(args.tag))
      const now = systemClock.now()
      const left = args.all ? await findLeftovers(withRemover(place), { name: args.name, now }) : []
      if (args.json) return print(formatJson(args.all ? { backups: entries, leftovers: left } : entries))
      if (left.length > 0) print(`${leftTable(left, now)}\n`)
      if (entries.length === 0 && args.tag !== undefined)
        return print(`No backup has the tag ${JSON.stringify(args.tag)}.`)
      if (entries.length === 0) return print(formatNoBackups(args.name))
      print(backupTable(entries, now))
    },
  },
  [
    'npx hunter backup list',
    'npx hunter backup list --from /mnt/backups --name shop',
    'npx hunter backup list --tag release-42',
    'npx hunter backup list --from s3://my-bucket/postgres --json',
  ],
)

/** The proof is the last column, so that a long error message widens no other row. */
function backupTable(entries: readonly ListedBackup[], now: Date): string {
  const noted = entries.some(({ notes }) => notes !== undefined) ? ['tags and note'] : []
  const rows = entries.map((entry) => {
    const { proof, ...cells } = row(entry, now)
    return [...Object.values(cells), ...noted.map(() => notesText(entry.notes)), proof]
  })
  const headings = ['id', 'name', 'kind', 'size', 'stored', 'took', 'restored in', ...noted, 'proof']
  const leaves = ['restored in', 'took', 'stored', 'kind', 'size', ...noted]
  return formatTable(headings, rows, { wraps: ['kind', ...noted, 'proof'], leaves })
}

/** Only its lifecycle removes from a stack's bucket. */
function withRemover({ store, standalone }: Place): { store: ObjectStore; remover: Pick<Remover, 'unfinished'> } {
  return { store, remover: standalone?.remover ?? createStackRemover() }
}

function leftTable(left: readonly Leftover[], now: Date): string {
  const headings = ['what', 'key', 'size', 'last written', 'age', 'state']
  return formatTable(
    headings,
    left.map((each) => leftRow(each, now)),
    { leaves: ['last written', 'size', 'what'] },
  )
}

function leftRow({ what, key, sizeBytes, touchedAt, mayBeRunning }: Leftover, now: Date): string[] {
  const ageMs = now.getTime() - touchedAt.getTime()
  return [
    what,
    key,
    sizeBytes === undefined ? 'unknown' : formatBytes(sizeBytes),
    formatTime(touchedAt),
    ageMs < 0 ? 'in the future' : formatSpan(ageMs),
    mayBeRunning ? paint('yellow', 'may be in progress') : paint('red', 'left by a killed run'),
  ]
}

/** `release-42: before the move` */
function notesText({ tags, note }: Notes = { tags: [] }): string {
  const [line = ''] = (note ?? '').split('\n')
  return [tags.join(', '), line].filter((text) => text !== '').join(': ')
}

const NOTHING = { kind: '', size: '', stored: '', took: '', restoredIn: '' }

function row(entry: ListedBackup, now: Date): Record<keyof typeof NOTHING | 'id' | 'source' | 'proof', string> {
  const { id, source, run } = entry
  if (run && !run.hasBackup) return { id, source, ...NOTHING, kind: 'run', proof: runText(run) }
  if (!entry.readable) return { id, source, ...NOTHING, proof: paint('red', `damaged: ${entry.reason}`) }
  const { manifest, proof } = entry
  const { rawBytes, gzipBytes } = manifest.object
  const scope = getScope(manifest)
  const text = `${formatState(entry)}${isFromFuture(id, now) ? `, ${paint('red', formatAhead(id, now))}` : ''}`
  return {
    id,
    source,
    kind: scope ? `${getBackupKind(manifest)}, part: ${describeScope(scope)}` : getBackupKind(manifest),
    size: formatBytes(rawBytes),
    stored: formatBytes(gzipBytes),
    took: formatSeconds(manifest.durationMs),
    restoredIn: proof?.restoreMs === undefined ? '' : formatSeconds(proof.restoreMs),
    proof: withReason(text, run),
  }
}

function runText(run: UnprovenRun): string {
  return run.state === 'running'
    ? paint('yellow', `running (on ${run.host})`)
    : paint('red', `no backup: ${describeRunEnd(run)}`)
}

function withReason(proof: string, run: UnprovenRun | undefined): string {
  return run === undefined || run.state === 'running' ? proof : `${proof}: ${describeRunEnd(run)}`
}
