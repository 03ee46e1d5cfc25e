import { defineCommand } from 'citty'

export const backupCommand = defineCommand({
  meta: { name: 'backup', description: 'Back up the database, prove the backups, restore one' },
  subCommands: {
    run: () => import('#cli/backup/run').then((file) => file.runCommand),
    list: () => import('#cli/backup/list').then((file) => file.listCommand),
    show: () => import('#cli/backup/show').then((file) => file.showCommand),
    stats: () => import('#cli/backup/stats').then((file) => file.statsCommand),
    verify: () => import('#cli/backup/verify').then((file) => file.verifyCommand),
    restore: () => import('#cli/backup/restore').then((file) => file.restoreCommand),
    schedule: () => import('#cli/backup/schedule').then((file) => file.scheduleCommand),
    check: () => import('#cli/backup/check').then((file) => file.checkCommand),
    drill: () => import('#cli/backup/drill').then((file) => file.drillCommand),
    plan: () => import('#cli/backup/plan').then((file) => file.planCommand),
    forget: () => import('#cli/backup/forget').then((file) => file.forgetCommand),
    note: () => import('#cli/backup/note').then((file) => file.noteCommand),
    tag: () => import('#cli/backup/tag').then((file) => file.tagCommand),
    cleanup: () => import('#cli/backup/cleanup').then((file) => file.cleanupCommand),
  },
})
