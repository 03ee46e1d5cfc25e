import { parseBackupId } from '#backups/backup-id'
import { showBackup } from '#backups/catalog'
import { attach } from '#cli/attach'
import { checksTable, idArg, json, jsonArg, membersTable, proofText, sizesText } from '#cli/backup/report'
import { command } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { backupStore } from '#runtime/backups'
import { baseOf } from '#runtime/base'

export const showCommand = command(
  {
    meta: { description: 'Show one backup: its tables, sizes, fingerprints and proof' },
    args: { id: idArg, json: jsonArg },
    run: async ({ args }) => {
      const id = parseBackupId(args.id)
      await attach()
      const { settings } = baseOf('cli')
      const backup = await showBackup(backupStore(), { source: settings.HUNTER_BACKUP_SOURCE, id })
      if (args.json) return print(json(backup))
      const { manifest, proof } = backup
      const { database, object } = manifest
      print(`${paint('bold', id)}: ${sizesText(manifest)}`)
      print(`  database  ${database.name}, Postgres ${database.serverVersion}, ${manifest.createdAt}`)
      print(`  schema    ${manifest.migrationRevision ?? 'no migrations'}`)
      print(`  object    ${object.key}${object.versionId === undefined ? '' : `, version ${object.versionId}`}`)
      print(`  sha-256   ${object.sha256}`)
      print(`  proof     ${proofText(proof)}`)
      if (proof) print(`\n${checksTable(proof)}`)
      print(`\n${membersTable(manifest)}`)
    },
  },
  ['npx hunter backup show 20261120T000000Z-4f9c2a', 'npx hunter backup show 20261120T000000Z-4f9c2a --json'],
)
