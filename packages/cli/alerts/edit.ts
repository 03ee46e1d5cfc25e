import { editChannels } from '#alerts/edit-channels'
import { editChannelBody } from '#alerts/fields'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg, readNumber, withChannels } from '#cli/alerts/deps'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const editCommand = withExamples(
  {
    args: {
      channel: channelArg,
      name: { type: 'string', description: 'Its new name' },
      address: { type: 'string', description: 'Another address of the same kind, which needs a test' },
      types: { type: 'string', description: 'Only alerts of these types, separated by commas, or all' },
      segments: { type: 'string', description: 'Only leads of these segments, separated by commas, or all' },
      'priority-max': {
        type: 'string',
        description: 'Only leads of this priority or a more urgent one, 1 to 7, or all',
      },
      lang: { type: 'string', alias: 'language', description: 'Language of the messages: tr or en', valueHint: 'LANG' },
      'digest-hour': { type: 'string', description: 'Send a daily digest at this hour, 0 to 23; none: alerts at once' },
      timezone: { type: 'string', description: 'Time zone of that hour' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { name, address, lang, timezone } = args
      const changes = checkOptions(editChannelBody, {
        name,
        address,
        language: lang,
        timezone,
        types: readList(args.types),
        segments: readList(args.segments),
        priority_max: args['priority-max'] === 'all' ? null : readNumber(args['priority-max']),
        digest_hour: args['digest-hour'] === 'none' ? null : readNumber(args['digest-hour']),
      })
      const [channel] = await withChannels((deps, actor) =>
        editChannels(deps, { channels: [{ id: args.channel, ...changes }], actor }),
      )
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(channel)))
      print(`${paint('green', 'Changed')} ${channel?.id} (${channel?.name})`)
      if (channel?.state === 'unverified')
        print(`Send a test, which also makes it active: hunter alerts test ${channel.id}`)
    },
  },
  [
    'npx hunter alerts edit Sales --types dmarc_removed,mx_changed --priority-max 2',
    'npx hunter alerts edit Sales --digest-hour 8 --timezone Europe/Istanbul',
    'npx hunter alerts edit Sales --digest-hour none --segments all',
  ],
)

function readList(text: string | undefined): string[] | null | undefined {
  return text === 'all' ? null : text?.split(',')
}
