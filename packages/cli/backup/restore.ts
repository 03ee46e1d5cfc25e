import { parseBackupId } from '#backups/backup-id'
import { restoreBackup } from '#backups/restore'
import { restoreInto } from '#backups/restore-into'
import { attach } from '#cli/attach'
import { counted, idArg, json, jsonArg } from '#cli/backup/report'
import { command } from '#cli/command'
import { paint, print, seconds } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { backupStore } from '#runtime/backups'
import { baseOf, databaseUrl } from '#runtime/base'

export const restoreCommand = command(
  {
    meta: { description: 'Restore a backup: beside the live database, compared, then swapped in by rename' },
    args: {
      id: idArg,
      to: { type: 'string', description: 'Restore into this empty database (a URL) and leave the live one alone' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const id = parseBackupId(args.id)
      const to = args.to === undefined ? undefined : postgresUrl(args.to)
      await attach()
      const { settings, clock } = baseOf('cli')
      const deps = { store: backupStore(), clock }
      const source = settings.HUNTER_BACKUP_SOURCE
      const report = to
        ? await restoreInto(deps, { source, id, databaseUrl: to })
        : await restoreBackup(deps, { source, id, databaseUrl: databaseUrl(settings) })
      if (args.json) return print(json(report))
      const { database, tables, rows, totalMs, restoreMs, compareMs, keptAs } = report
      print(
        `${paint('green', 'Restored')} ${paint('bold', id)} as ${database}: ${counted(tables, 'table')}, ${counted(rows, 'row')}, all equal`,
      )
      print(
        `  recovery time  ${seconds(totalMs)} (restored in ${seconds(restoreMs)}, compared in ${seconds(compareMs)})`,
      )
      if (keptAs !== undefined) print(`  kept           the database as it was before, as ${keptAs}`)
    },
  },
  [
    'npx hunter backup restore 20261120T000000Z-4f9c2a',
    'npx hunter backup restore 20261120T000000Z-4f9c2a --to postgres://me@localhost/copy',
  ],
)

function postgresUrl(text: string): string {
  if (/^postgres(?:ql)?:\/\/[^/]+\/[^/]+$/.test(text) && URL.canParse(text)) return text
  throw new AppError('USAGE', '--to must be a URL such as postgres://user:password@host:5432/database')
}
