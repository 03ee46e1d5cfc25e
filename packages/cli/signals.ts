import { defineCommand } from 'citty'
import { later } from '#cli/command'

export const signalsCommand = defineCommand({
  subCommands: {
    evaluate: later('Scan labelled domains and print precision, recall and the MX suffixes that nothing names', () =>
      import('#cli/signals/evaluate').then((file) => file.evaluateCommand),
    ),
  },
})
