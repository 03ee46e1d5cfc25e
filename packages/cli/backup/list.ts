import pLimit from 'p-limit'
import { type BackupEntry, type CatalogStore, listBackups } from '#backups/catalog'
import { listUnprovenRuns, type UnprovenRun } from '#backups/failed-runs'
import { kindOf } from '#backups/manifest'
import { fromArg, nameArg, openPlace } from '#cli/backup/place'
import { json, jsonArg, stateText } from '#cli/backup/report'
import { command } from '#cli/command'
import { bytes, paint, print, seconds, table } from '#cli/terminal'
import { systemClock } from '#platform/clock'
import { watchRuns } from '#runtime/run-host'

const LISTS_AT_ONCE = 2

/** A run that left no backup is in the list as one that cannot be read; what is not proven says what its run said. */
type Listed = BackupEntry & { source: string; run?: UnprovenRun }

export const listCommand = command(
  {
    meta: { description: 'List the backups, newest first, with their proofs' },
    args: { from: fromArg, name: nameArg, json: jsonArg },
    run: async ({ args }) => {
      const { store, sources } = await openPlace(args)
      const limit = pLimit(LISTS_AT_ONCE)
      const lists = sources.map((source) => limit(() => listSource(store, source)))
      const entries = (await Promise.all(lists)).flat().sort((one, other) => (one.id < other.id ? 1 : -1))
      if (args.json) return print(json(entries))
      if (entries.length === 0) return print('No backups yet. Make one with "hunter backup run".')
      print(table(['id', 'name', 'kind', 'size', 'stored', 'took', 'proof', 'restored in'], entries.map(row)))
    },
  },
  [
    'npx hunter backup list',
    'npx hunter backup list --from /mnt/backups --name shop',
    'npx hunter backup list --from s3://my-bucket/postgres --json',
  ],
)

async function listSource(store: CatalogStore, source: string): Promise<Listed[]> {
  const entries = await listBackups(store, source)
  const { runs } = await listUnprovenRuns(store, { source, entries }, watchRuns(systemClock))
  const byId = new Map(runs.map((run) => [run.id, run]))
  const failed = runs.filter(({ hasBackup }) => !hasBackup)
  return [
    ...entries.map((entry) => withRun({ source, ...entry }, byId.get(entry.id))),
    ...failed.map((run): Listed => {
      return { source, id: run.id, readable: false, state: 'failed', reason: textOf(run), run }
    }),
  ]
}

function withRun(entry: Listed, run: UnprovenRun | undefined): Listed {
  return run === undefined ? entry : { ...entry, run }
}

/** `DATABASE_UNAVAILABLE the database does not answer (on db1)` */
function textOf({ state, code, reason, host }: UnprovenRun): string {
  const what = code ?? (state === 'failed' ? '' : `${state}:`)
  return `${what} ${reason} (on ${host})`.trim()
}

function row(entry: Listed): string[] {
  const { id, source, run } = entry
  if (run && !run.hasBackup) return [id, source, 'run', '', '', '', runText(run), '']
  if (!entry.readable) return [id, source, '', '', '', '', paint('red', `damaged: ${entry.reason}`), '']
  const { manifest, proof } = entry
  const { rawBytes, gzipBytes } = manifest.object
  const restored = proof?.restoreMs === undefined ? '' : seconds(proof.restoreMs)
  const took = seconds(manifest.durationMs)
  return [
    id,
    source,
    kindOf(manifest),
    bytes(rawBytes),
    bytes(gzipBytes),
    took,
    withReason(stateText(entry), run),
    restored,
  ]
}

function runText(run: UnprovenRun): string {
  return run.state === 'running'
    ? paint('yellow', `running (on ${run.host})`)
    : paint('red', `no backup: ${textOf(run)}`)
}

function withReason(proof: string, run: UnprovenRun | undefined): string {
  return run === undefined || run.state === 'running' ? proof : `${proof}: ${textOf(run)}`
}
