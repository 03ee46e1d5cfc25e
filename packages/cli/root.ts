/** The tree of commands. Each has a file, which calling it loads. */
import { defineCommand } from 'citty'
import packageJson from '../../package.json' with { type: 'json' }
import { deferCommand } from '#cli/command'

export const rootCommand = defineCommand({
  meta: { version: packageJson.version, description: packageJson.description },
  subCommands: {
    dev: deferCommand('Run the whole product on this machine', () =>
      import('#cli/dev').then((file) => file.devCommand),
    ),
    demo: deferCommand('Do the main job once: import, scan, back up, prove, lose a table, restore', () =>
      import('#cli/demo').then((file) => file.demoCommand),
    ),
    signals: deferCommand('Measure how well providers are recognised', () =>
      import('#cli/signals').then((file) => file.signalsCommand),
    ),
    scan: deferCommand('Scan domains and print evidence, provider, score and summary; nothing is kept', () =>
      import('#cli/scan').then((file) => file.scanCommand),
    ),
    leads: deferCommand('List and show leads, import companies, apply new rules', () =>
      import('#cli/leads').then((file) => file.leadsCommand),
    ),
    keys: deferCommand('Create, list, rotate and revoke API keys, and import those of an older installation', () =>
      import('#cli/keys').then((file) => file.keysCommand),
    ),
    db: deferCommand('Apply and roll back reviewed migrations, and compare the database with them', () =>
      import('#cli/db').then((file) => file.dbCommand),
    ),
    backup: deferCommand('Back up the database, prove the backups, restore one', () =>
      import('#cli/backup').then((file) => file.backupCommand),
    ),
    completion: deferCommand('Print a script that completes these commands in bash, zsh or fish', () =>
      import('#cli/completion').then((file) => file.completionCommand),
    ),
  },
})
