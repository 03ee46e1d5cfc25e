import { defineCommand } from 'citty'

export const dbCommand = defineCommand({
  meta: { name: 'db', description: 'Change the database by reviewed migrations, take them back, and see drift' },
  subCommands: {
    generate: () => import('#cli/db/generate').then((file) => file.generateCommand),
    migrate: () => import('#cli/db/migrate').then((file) => file.migrateCommand),
    rollback: () => import('#cli/db/rollback').then((file) => file.rollbackCommand),
    status: () => import('#cli/db/status').then((file) => file.statusCommand),
    history: () => import('#cli/db/history').then((file) => file.historyCommand),
    drift: () => import('#cli/db/drift').then((file) => file.driftCommand),
    stamp: () => import('#cli/db/stamp').then((file) => file.stampCommand),
    seed: () => import('#cli/db/seed').then((file) => file.seedCommand),
  },
})
