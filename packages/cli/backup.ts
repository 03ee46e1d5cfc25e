import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const backupCommand = defineCommand({
  subCommands: {
    run: deferCommand('Back up now: the stack, or with --source and --dest any Postgres 13 to 18 or SQLite file', () =>
      import('#cli/backup/run').then((file) => file.runCommand),
    ),
    list: deferCommand('List the backups, newest first, with their proofs', () =>
      import('#cli/backup/list').then((file) => file.listCommand),
    ),
    show: deferCommand('Show one backup: its tables, sizes, fingerprints, settings and proof', () =>
      import('#cli/backup/show').then((file) => file.showCommand),
    ),
    stats: deferCommand(
      'Count and measure the backups: sizes, growth, proofs, age, recovery times; 0 when all is proven, else 3',
      () => import('#cli/backup/stats').then((file) => file.statsCommand),
    ),
    verify: deferCommand(
      'Prove a backup now: restore it into an embedded Postgres and compare every row; or check all hashes',
      () => import('#cli/backup/verify').then((file) => file.verifyCommand),
    ),
    restore: deferCommand('Restore a backup: beside the live database, compared, then swapped in by rename', () =>
      import('#cli/backup/restore').then((file) => file.restoreCommand),
    ),
    schedule: deferCommand('Print the units of systemd, or the line of crontab, that back up every night', () =>
      import('#cli/backup/schedule').then((file) => file.scheduleCommand),
    ),
    check: deferCommand(
      'Say in one line whether the newest proven backup is young enough: 0 if it is, 3 if not, 6 if unknown',
      () => import('#cli/backup/check').then((file) => file.checkCommand),
    ),
    drill: deferCommand('Restore the newest verified backup into a scratch database, compare it, and time it', () =>
      import('#cli/backup/drill').then((file) => file.drillCommand),
    ),
    plan: deferCommand('Show how long each backup and snapshot stays, and why; changes nothing', () =>
      import('#cli/backup/plan').then((file) => file.planCommand),
    ),
    forget: deferCommand('Remove one backup for good; never the last verified one of its name, nor a pinned one', () =>
      import('#cli/backup/forget').then((file) => file.forgetCommand),
    ),
    note: deferCommand('Write a note on a backup, which "list" and "show" print; an empty text removes it', () =>
      import('#cli/backup/note').then((file) => file.noteCommand),
    ),
    tag: deferCommand(
      'Put tags on a backup, by which "list --tag" finds it; a tagged backup is removed like any other',
      () => import('#cli/backup/tag').then((file) => file.tagCommand),
    ),
    cleanup: deferCommand(
      "Apply the plan: tag what may expire in the stack's bucket; in any other place, remove it",
      () => import('#cli/backup/cleanup').then((file) => file.cleanupCommand),
    ),
  },
})
