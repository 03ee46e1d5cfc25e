import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const dbCommand = defineCommand({
  subCommands: {
    generate: deferCommand('Draft a migration, up and down, from what packages/db/tables.ts describes', () =>
      import('#cli/db/generate').then((file) => file.generateCommand),
    ),
    migrate: deferCommand('Apply the migrations that are pending; a database that is ahead stays as it is', () =>
      import('#cli/db/migrate').then((file) => file.migrateCommand),
    ),
    rollback: deferCommand('Roll back the newest migration and the data that it added; a backup comes first', () =>
      import('#cli/db/rollback').then((file) => file.rollbackCommand),
    ),
    status: deferCommand(
      'List the migrations, when each was applied, and whether the database is ahead of this checkout',
      () => import('#cli/db/status').then((file) => file.statusCommand),
    ),
    history: deferCommand('List every migration that was applied or rolled back, who ran it, and its result', () =>
      import('#cli/db/history').then((file) => file.historyCommand),
    ),
    drift: deferCommand(
      'Compare the database with what the migrations make: no output and status 0 when equal, else 3',
      () => import('#cli/db/drift').then((file) => file.driftCommand),
    ),
    stamp: deferCommand('Adopt a database that is already what the migrations make: note them as run', () =>
      import('#cli/db/stamp').then((file) => file.stampCommand),
    ),
    seed: deferCommand('Fill a database for development with invented leads, the same ones every time', () =>
      import('#cli/db/seed').then((file) => file.seedCommand),
    ),
  },
})
