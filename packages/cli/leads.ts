import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const leadsCommand = defineCommand({
  subCommands: {
    list: deferCommand('List scanned companies, best first', () =>
      import('#cli/leads/list').then((file) => file.listCommand),
    ),
    show: deferCommand(
      'Show a scanned company: evidence, score with what would raise it, and what to say on the phone',
      () => import('#cli/leads/show').then((file) => file.showCommand),
    ),
    history: deferCommand('List what changed about a company from scan to scan, newest first', () =>
      import('#cli/leads/history').then((file) => file.historyCommand),
    ),
    rescore: deferCommand(
      "Judge the stored leads by today's rules and overrides; nothing is scanned, and history says what rules changed",
      () => import('#cli/leads/rescore').then((file) => file.rescoreCommand),
    ),
    import: deferCommand('Import companies from a CSV file; scanning them is a step of its own', () =>
      import('#cli/leads/import').then((file) => file.importCommand),
    ),
  },
})
