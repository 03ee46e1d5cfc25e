import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const leadsCommand = defineCommand({
  subCommands: {
    list: deferCommand('List scanned companies, best first; "?" marks a segment that may still change', () =>
      import('#cli/leads/list').then((file) => file.listCommand),
    ),
    show: deferCommand(
      'Show a scanned company: its evidence, its score and what would raise it, and a call script',
      () => import('#cli/leads/show').then((file) => file.showCommand),
    ),
    fixes: deferCommand('Show the DNS records that would raise the score of a company, ready to paste', () =>
      import('#cli/leads/fixes').then((file) => file.fixesCommand),
    ),
    pdf: deferCommand('Write a company, its score and its call script as a PDF to send on', () =>
      import('#cli/leads/pdf').then((file) => file.pdfCommand),
    ),
    history: deferCommand('List what changed about a company between scans, newest first', () =>
      import('#cli/leads/history').then((file) => file.historyCommand),
    ),
    moves: deferCommand('List companies whose mail moved between providers, newest first', () =>
      import('#cli/leads/moves').then((file) => file.movesCommand),
    ),
    rescore: deferCommand(
      'Score the stored leads again by the current rules and overrides, without scanning them',
      () => import('#cli/leads/rescore').then((file) => file.rescoreCommand),
    ),
    erase: deferCommand('Erase a company with its history and everything that names it, for good', () =>
      import('#cli/leads/erase').then((file) => file.eraseCommand),
    ),
    export: deferCommand('Export all leads that match, in the order of the list, as a CSV or XLSX file', () =>
      import('#cli/leads/export').then((file) => file.exportCommand),
    ),
    import: deferCommand(
      'Import companies from a CSV file or an Excel workbook; with --scan, also scan and rank them',
      () => import('#cli/leads/import').then((file) => file.importCommand),
    ),
  },
})
