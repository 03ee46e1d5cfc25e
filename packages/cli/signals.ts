import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const signalsCommand = defineCommand({
  subCommands: {
    evaluate: deferCommand(
      'Scan labelled domains; print precision, recall and the MX suffixes that no fingerprint covers',
      () => import('#cli/signals/evaluate').then((file) => file.evaluateCommand),
    ),
  },
})
