import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const referralsCommand = defineCommand({
  subCommands: {
    connect: deferCommand('Sign in to Partner Center in a browser, and store the sign-in encrypted', () =>
      import('#cli/referrals/connect').then((file) => file.connectCommand),
    ),
    sync: deferCommand('Read the referrals that changed, and scan their companies', () =>
      import('#cli/referrals/sync').then((file) => file.syncCommand),
    ),
    status: deferCommand('Show the sign-in, the last sync and the open referrals', () =>
      import('#cli/referrals/status').then((file) => file.statusCommand),
    ),
  },
})
