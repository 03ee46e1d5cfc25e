import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const keysCommand = defineCommand({
  subCommands: {
    create: deferCommand('Create a key and show it once', () =>
      import('#cli/keys/create').then((file) => file.createCommand),
    ),
    list: deferCommand('List all keys, with their scopes and when each was used last', () =>
      import('#cli/keys/list').then((file) => file.listCommand),
    ),
    rotate: deferCommand('Rotate a key: the old secret works until the grace period ends', () =>
      import('#cli/keys/rotate').then((file) => file.rotateCommand),
    ),
    revoke: deferCommand('Revoke a key, everywhere within five seconds', () =>
      import('#cli/keys/revoke').then((file) => file.revokeCommand),
    ),
    import: deferCommand(
      'Take keys over as bcrypt hashes: they open as before, and are kept better from their first use on',
      () => import('#cli/keys/import').then((file) => file.importCommand),
    ),
  },
})
