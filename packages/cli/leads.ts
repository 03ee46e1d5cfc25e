import { defineCommand } from 'citty'

export const leadsCommand = defineCommand({
  meta: { name: 'leads', description: 'List and show leads, import companies, apply new rules' },
  subCommands: {
    list: () => import('#cli/leads/list').then((file) => file.listCommand),
    show: () => import('#cli/leads/show').then((file) => file.showCommand),
    history: () => import('#cli/leads/history').then((file) => file.historyCommand),
    rescore: () => import('#cli/leads/rescore').then((file) => file.rescoreCommand),
    import: () => import('#cli/leads/import').then((file) => file.importCommand),
  },
})
