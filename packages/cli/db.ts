import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const dbCommand = defineCommand({
  subCommands: {
    generate: deferCommand('Draft a migration, up and down, from packages/db/tables.ts', () =>
      import('#cli/db/generate').then((file) => file.generateCommand),
    ),
    migrate: deferCommand('Apply pending migrations; a database that is ahead of this checkout stays as it is', () =>
      import('#cli/db/migrate').then((file) => file.migrateCommand),
    ),
    rollback: deferCommand('Make a backup, then roll back the newest migration and drop the data it added', () =>
      import('#cli/db/rollback').then((file) => file.rollbackCommand),
    ),
    status: deferCommand('List the migrations and when each was applied', () =>
      import('#cli/db/status').then((file) => file.statusCommand),
    ),
    history: deferCommand('List every run of a migration, up or down: who ran it, and its result', () =>
      import('#cli/db/history').then((file) => file.historyCommand),
    ),
    drift: deferCommand('Compare the database with its migrations: silent and status 0 when equal, else status 3', () =>
      import('#cli/db/drift').then((file) => file.driftCommand),
    ),
    stamp: deferCommand('Adopt a database whose schema already matches the migrations: record them as applied', () =>
      import('#cli/db/stamp').then((file) => file.stampCommand),
    ),
    seed: deferCommand('Fill a development database with invented leads, the same ones every time', () =>
      import('#cli/db/seed').then((file) => file.seedCommand),
    ),
  },
})
