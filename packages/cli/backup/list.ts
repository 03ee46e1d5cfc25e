import pLimit from 'p-limit'
import { type BackupEntry, listBackups } from '#backups/catalog'
import { kindOf } from '#backups/manifest'
import { fromArg, nameArg, openPlace } from '#cli/backup/place'
import { json, jsonArg, proofText } from '#cli/backup/report'
import { command } from '#cli/command'
import { bytes, paint, print, seconds, table } from '#cli/terminal'

const LISTS_AT_ONCE = 2

type Listed = BackupEntry & { source: string }

export const listCommand = command(
  {
    meta: { description: 'List the backups, newest first, with their proofs' },
    args: { from: fromArg, name: nameArg, json: jsonArg },
    run: async ({ args }) => {
      const { store, sources } = await openPlace(args)
      const limit = pLimit(LISTS_AT_ONCE)
      const lists = sources.map((source) =>
        limit(async () => (await listBackups(store, source)).map((entry): Listed => ({ source, ...entry }))),
      )
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

function row(entry: Listed): string[] {
  const { id, source } = entry
  if (!entry.readable) return [id, source, '', '', '', '', paint('red', `unreadable: ${entry.reason}`), '']
  const { manifest, proof } = entry
  const { rawBytes, gzipBytes } = manifest.object
  const restored = proof?.restoreMs === undefined ? '' : seconds(proof.restoreMs)
  const took = seconds(manifest.durationMs)
  return [id, source, kindOf(manifest), bytes(rawBytes), bytes(gzipBytes), took, proofText(proof), restored]
}
