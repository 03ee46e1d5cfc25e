import { type BackupEntry, listBackups } from '#backups/catalog'
import { attach } from '#cli/attach'
import { json, jsonArg, proofText } from '#cli/backup/report'
import { command } from '#cli/command'
import { bytes, paint, print, seconds, table } from '#cli/terminal'
import { backupStore } from '#runtime/backups'
import { baseOf } from '#runtime/base'

export const listCommand = command(
  {
    meta: { description: 'List the backups, newest first, with their proofs' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      await attach()
      const { settings } = baseOf('cli')
      const entries = await listBackups(backupStore(), settings.HUNTER_BACKUP_SOURCE)
      if (args.json) return print(json(entries))
      if (entries.length === 0) return print('No backups yet. Make one with "hunter backup run".')
      print(table(['id', 'size', 'gzipped', 'took', 'proof', 'restored in'], entries.map(row)))
    },
  },
  ['npx hunter backup list', 'npx hunter backup list --json'],
)

function row(entry: BackupEntry): string[] {
  if (!entry.readable) return [entry.id, '', '', '', paint('red', `unreadable: ${entry.reason}`), '']
  const { id, manifest, proof } = entry
  const { rawBytes, gzipBytes } = manifest.object
  const restored = proof?.restoreMs === undefined ? '' : seconds(proof.restoreMs)
  return [id, bytes(rawBytes), bytes(gzipBytes), seconds(manifest.durationMs), proofText(proof), restored]
}
