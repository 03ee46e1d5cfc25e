import { runBackup } from '#backups/run-backup'
import { attach } from '#cli/attach'
import { json, jsonArg, sizesText } from '#cli/backup/report'
import { command } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { newBackup } from '#runtime/backups'
import { baseOf } from '#runtime/base'

export const runCommand = command(
  {
    meta: { description: 'Back the database up now, and ask for the proof' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      await attach()
      const { deps, input } = await newBackup(baseOf('cli'))
      const { manifest, snapshot } = await runBackup(deps, input)
      if (args.json) return print(json({ id: manifest.id, snapshot, manifest }))
      print(`${paint('green', 'Backed up')} ${paint('bold', manifest.id)}: ${sizesText(manifest)}`)
      print(`  object    ${manifest.object.key}`)
      if (snapshot !== undefined) print(`  snapshot  ${snapshot} was started`)
      print(`  proof     was asked for; "hunter backup show ${manifest.id}" has it soon`)
    },
  },
  ['npx hunter backup run', 'npx hunter backup run --json'],
)
