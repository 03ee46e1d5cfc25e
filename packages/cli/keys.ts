import { defineCommand } from 'citty'

export const keysCommand = defineCommand({
  meta: {
    name: 'keys',
    description: 'Make, list, rotate and revoke API keys, and import those of an older installation',
  },
  subCommands: {
    create: () => import('#cli/keys/create').then((file) => file.createCommand),
    list: () => import('#cli/keys/list').then((file) => file.listCommand),
    rotate: () => import('#cli/keys/rotate').then((file) => file.rotateCommand),
    revoke: () => import('#cli/keys/revoke').then((file) => file.revokeCommand),
    import: () => import('#cli/keys/import').then((file) => file.importCommand),
  },
})
