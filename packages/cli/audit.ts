import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const auditCommand = defineCommand({
  subCommands: {
    list: deferCommand('List who did what to which object, newest first', () =>
      import('#cli/audit/list').then((file) => file.listCommand),
    ),
  },
})
