import { createChannel } from '#alerts/channels'
import { newChannelBody } from '#alerts/fields'
import { checkOptions } from '#cli/check-options'
import { readNumber, withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const addCommand = withExamples(
  {
    args: {
      name: { type: 'positional', required: true, description: 'Name of the channel' },
      kind: { type: 'string', required: true, description: 'webhook, slack, teams or email', valueHint: 'KIND' },
      address: { type: 'string', required: true, description: 'An https URL, or an e-mail address' },
      types: { type: 'string', description: 'Only alerts of these types, separated by commas' },
      segments: { type: 'string', description: 'Only leads of these segments, separated by commas' },
      'priority-max': { type: 'string', description: 'Only leads of this priority or a more urgent one, 1 to 7' },
      lang: {
        type: 'string',
        alias: 'language',
        description: 'Language of the messages: tr or en (default: tr)',
        valueHint: 'LANG',
      },
      'digest-hour': {
        type: 'string',
        description: 'Send a daily digest at this hour, 0 to 23 (default: alerts at once)',
      },
      timezone: { type: 'string', description: 'Time zone of that hour (default: Europe/Istanbul)' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { name, kind, address, lang, timezone } = args
      const input = checkOptions(newChannelBody, {
        name,
        kind,
        address,
        language: lang,
        timezone,
        types: args.types?.split(','),
        segments: args.segments?.split(','),
        priority_max: readNumber(args['priority-max']),
        digest_hour: readNumber(args['digest-hour']),
      })
      const created = await withChannels((deps, actor) => createChannel(deps, { ...input, actor }))
      if (args.json) return print(JSON.stringify(created))
      print(created.id)
      if (created.secret !== null)
        print(`${created.secret}  ${paint('dim', 'signs the events; it is shown only once')}`)
      print(paint('dim', `Send a test now, which also makes it active: hunter alerts test ${created.id}`))
    },
  },
  [
    'npx hunter alerts add Sales --kind slack --address https://hooks.slack.com/services/… --priority-max 2',
    'npx hunter alerts add CRM --kind webhook --address https://crm.acme.com.tr/hunter --types segment_changed',
    'npx hunter alerts add Digest --kind email --address satis@acme.com.tr --digest-hour 8',
  ],
)
