import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const keysCommand = defineCommand({
  subCommands: {
    create: deferCommand('Create a key and show it once', () =>
      import('#cli/keys/create').then((file) => file.createCommand),
    ),
    list: deferCommand('List all keys, with their scopes and when each was last used', () =>
      import('#cli/keys/list').then((file) => file.listCommand),
    ),
    rotate: deferCommand('Rotate a key: the old secret keeps working until the grace period ends', () =>
      import('#cli/keys/rotate').then((file) => file.rotateCommand),
    ),
    revoke: deferCommand('Revoke a key; every instance refuses it within five seconds', () =>
      import('#cli/keys/revoke').then((file) => file.revokeCommand),
    ),
    import: deferCommand(
      'Import keys as bcrypt hashes: they keep working, and the first use of each upgrades its hash',
      () => import('#cli/keys/import').then((file) => file.importCommand),
    ),
  },
})
