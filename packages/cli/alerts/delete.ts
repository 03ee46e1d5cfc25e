import { deleteChannel } from '#alerts/channels'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg, withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const deleteCommand = withExamples(
  {
    args: {
      channel: channelArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const channel = await withChannels((deps, actor) => deleteChannel(deps, { channel: args.channel, actor }))
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(channel)))
      print(`${paint('green', 'Deleted')} ${channel.id} (${channel.name})`)
    },
  },
  ['npx hunter alerts delete 0190f0a0-0000-7000-8000-000000000000'],
)
