import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const alertsCommand = defineCommand({
  subCommands: {
    channels: deferCommand('List the channels that alerts are sent to, with their states', () =>
      import('#cli/alerts/channels').then((file) => file.channelsCommand),
    ),
    add: deferCommand('Add a channel: a webhook, Slack, Teams or an e-mail address', () =>
      import('#cli/alerts/add').then((file) => file.addCommand),
    ),
    edit: deferCommand('Change what a channel sends, when, and to which address', () =>
      import('#cli/alerts/edit').then((file) => file.editCommand),
    ),
    test: deferCommand('Send a test message; a channel whose test arrives becomes active', () =>
      import('#cli/alerts/test').then((file) => file.testCommand),
    ),
    confirm: deferCommand('Confirm an e-mail address with the code of its test message', () =>
      import('#cli/alerts/confirm').then((file) => file.confirmCommand),
    ),
    rotate: deferCommand('Give a webhook a new secret; both sign until the grace period ends', () =>
      import('#cli/alerts/rotate').then((file) => file.rotateCommand),
    ),
    disable: deferCommand('Switch a channel off, until its next test', () =>
      import('#cli/alerts/disable').then((file) => file.disableCommand),
    ),
    delete: deferCommand('Delete a channel and its log', () =>
      import('#cli/alerts/delete').then((file) => file.deleteCommand),
    ),
    digest: deferCommand('Show the digest that a channel would get now', () =>
      import('#cli/alerts/digest').then((file) => file.digestCommand),
    ),
    log: deferCommand('List what was sent to a channel, and what waits', () =>
      import('#cli/alerts/log').then((file) => file.logCommand),
    ),
    resend: deferCommand('Send a delivery of the log once more', () =>
      import('#cli/alerts/resend').then((file) => file.resendCommand),
    ),
  },
})
