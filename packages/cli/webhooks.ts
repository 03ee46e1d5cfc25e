import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const webhooksCommand = defineCommand({
  subCommands: {
    create: deferCommand('Create a webhook for a key and show its secret once', () =>
      import('#cli/webhooks/create').then((file) => file.createCommand),
    ),
    list: deferCommand('List all webhooks, with their keys and when each last delivered something', () =>
      import('#cli/webhooks/list').then((file) => file.listCommand),
    ),
    rotate: deferCommand('Rotate a secret: the old one keeps working until the grace period ends', () =>
      import('#cli/webhooks/rotate').then((file) => file.rotateCommand),
    ),
    revoke: deferCommand('Revoke a webhook, or end the old secret of a rotated one', () =>
      import('#cli/webhooks/revoke').then((file) => file.revokeCommand),
    ),
  },
})
