import type { ChannelInfo } from '#alerts/channel-rows'
import { listChannels } from '#alerts/channels'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'

export const channelsCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const channels = await withDatabase(listChannels)
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys({ channels })))
      if (channels.length === 0) return print('No channels yet. Add one with "hunter alerts add NAME".')
      const headings = ['id', 'name', 'kind', 'address', 'wants', 'when', 'state']
      print(formatTable(headings, channels.map(formatRow), { wraps: ['name', 'wants', 'state'], leaves: ['address'] }))
    },
  },
  ['npx hunter alerts channels', 'npx hunter alerts channels --json'],
)

function formatRow(channel: ChannelInfo): string[] {
  const { id, name, kind, address, state, stateReason } = channel
  const colour = state === 'active' ? 'green' : state === 'failing' ? 'yellow' : 'red'
  const reason = stateReason === null ? '' : `: ${stateReason}`
  return [id, name, kind, address, formatFilters(channel), formatWhen(channel), paint(colour, state) + reason]
}

function formatFilters({ types, segments, priorityMax }: ChannelInfo): string {
  const priority = priorityMax === null ? [] : [`priority 1–${priorityMax}`]
  return [...(types ?? []), ...(segments ?? []), ...priority].join(', ') || 'all'
}

function formatWhen({ digestHour, timezone }: ChannelInfo): string {
  return digestHour === null ? 'at once' : `${String(digestHour).padStart(2, '0')}:00 ${timezone}`
}
