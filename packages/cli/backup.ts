import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const backupCommand = defineCommand({
  subCommands: {
    run: deferCommand('Back up the stack now, or any Postgres 13 to 18 or SQLite file with --source and --dest', () =>
      import('#cli/backup/run').then((file) => file.runCommand),
    ),
    list: deferCommand('List the backups, newest first, with their proofs', () =>
      import('#cli/backup/list').then((file) => file.listCommand),
    ),
    show: deferCommand('Show one backup: its tables, sizes, fingerprints, settings and proof', () =>
      import('#cli/backup/show').then((file) => file.showCommand),
    ),
    stats: deferCommand(
      'Show statistics: sizes, growth, proofs, age, recovery times; status 0 when all is proven, else 3',
      () => import('#cli/backup/stats').then((file) => file.statsCommand),
    ),
    verify: deferCommand(
      'Prove a backup now: restore it into an embedded Postgres and compare every row; --all compares hashes',
      () => import('#cli/backup/verify').then((file) => file.verifyCommand),
    ),
    restore: deferCommand(
      'Restore a backup beside the live database, compare every row, then swap it in by rename',
      () => import('#cli/backup/restore').then((file) => file.restoreCommand),
    ),
    schedule: deferCommand('Print the systemd units or the crontab line for a nightly backup', () =>
      import('#cli/backup/schedule').then((file) => file.scheduleCommand),
    ),
    check: deferCommand(
      'Print one line for monitors: is the newest proven backup recent? Status 0: yes, 3: no, 6: unknown',
      () => import('#cli/backup/check').then((file) => file.checkCommand),
    ),
    drill: deferCommand('Restore the newest verified backup into a scratch database, compare it and time it', () =>
      import('#cli/backup/drill').then((file) => file.drillCommand),
    ),
    plan: deferCommand('Show how long each backup and snapshot stays, and why, without changing anything', () =>
      import('#cli/backup/plan').then((file) => file.planCommand),
    ),
    forget: deferCommand(
      'Remove one backup for good, but never a pinned one or the last verified one of its name',
      () => import('#cli/backup/forget').then((file) => file.forgetCommand),
    ),
    note: deferCommand('Write a note on a backup, shown by "list" and "show"; an empty text removes it', () =>
      import('#cli/backup/note').then((file) => file.noteCommand),
    ),
    tag: deferCommand('Tag a backup, to find it with "list --tag"; a tag does not protect it from removal', () =>
      import('#cli/backup/tag').then((file) => file.tagCommand),
    ),
    cleanup: deferCommand(
      "Carry out the plan: tag what may expire in the stack's bucket, or remove it from any other place",
      () => import('#cli/backup/cleanup').then((file) => file.cleanupCommand),
    ),
  },
})
