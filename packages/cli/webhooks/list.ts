import { listWebhooks, type WebhookInfo } from '#keys/webhooks/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { readAll } from '#cli/read-all'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const listCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const webhooks = await withKeys((deps) => readAll((page) => listWebhooks(deps, page)))
      if (args.json) return print(JSON.stringify(webhooks))
      if (webhooks.length === 0)
        return print('No webhooks yet. Create one with "hunter webhooks create NAME --key ID".')
      const headings = ['id', 'name', 'key', 'last delivery', 'old secret until', 'state']
      print(formatTable(headings, webhooks.map(formatRow), { wraps: ['name'], leaves: ['last delivery', 'key'] }))
    },
  },
  ['npx hunter webhooks list', 'npx hunter webhooks list --json'],
)

function formatRow({ id, name, keyid, lastDeliveryAt, previousUntil, state }: WebhookInfo): string[] {
  const minute = (time: Date | null) => (time === null ? '-' : formatTime(time))
  return [
    id,
    name,
    keyid,
    minute(lastDeliveryAt),
    minute(previousUntil),
    state === 'active' ? paint('green', state) : paint('red', state === 'key-ended' ? 'key ended' : state),
  ]
}
