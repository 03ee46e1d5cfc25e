import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const sessionsCommand = defineCommand({
  subCommands: {
    list: deferCommand('List the open sessions, with their keys and when each was last used', () =>
      import('#cli/sessions/list').then((file) => file.listCommand),
    ),
    revoke: deferCommand('End a session; every instance refuses it within five seconds', () =>
      import('#cli/sessions/revoke').then((file) => file.revokeCommand),
    ),
  },
})
