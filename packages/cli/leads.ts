import { defineCommand } from 'citty'

export const leadsCommand = defineCommand({
  meta: { name: 'leads', description: 'List leads, import companies' },
  subCommands: {
    list: () => import('#cli/leads/list').then((file) => file.listCommand),
    import: () => import('#cli/leads/import').then((file) => file.importCommand),
  },
})
