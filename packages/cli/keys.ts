import { defineCommand } from 'citty'
import { later } from '#cli/command'

export const keysCommand = defineCommand({
  subCommands: {
    create: later('Create a key and show it once', () => import('#cli/keys/create').then((file) => file.createCommand)),
    list: later('List all keys, with their scopes and when each was used last', () =>
      import('#cli/keys/list').then((file) => file.listCommand),
    ),
    rotate: later('Rotate a key: the old secret works until the grace period ends', () =>
      import('#cli/keys/rotate').then((file) => file.rotateCommand),
    ),
    revoke: later('Revoke a key, everywhere within five seconds', () =>
      import('#cli/keys/revoke').then((file) => file.revokeCommand),
    ),
    import: later(
      'Take keys over as bcrypt hashes: they open as before, and are kept better from their first use on',
      () => import('#cli/keys/import').then((file) => file.importCommand),
    ),
  },
})
