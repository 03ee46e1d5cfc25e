import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const signalsCommand = defineCommand({
  subCommands: {
    evaluate: deferCommand(
      'Scan labelled domains and print precision, recall and the MX suffixes that nothing names',
      () => import('#cli/signals/evaluate').then((file) => file.evaluateCommand),
    ),
  },
})
