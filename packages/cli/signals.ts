import { defineCommand } from 'citty'

export const signalsCommand = defineCommand({
  meta: { name: 'signals', description: 'Measure how well providers are recognised' },
  subCommands: {
    evaluate: () => import('#cli/signals/evaluate').then((file) => file.evaluateCommand),
  },
})
