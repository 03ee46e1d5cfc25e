import { revokeWebhook } from '#keys/webhooks/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const revokeCommand = withExamples(
  {
    args: {
      id: { type: 'positional', required: true, description: 'Id of the webhook, from "hunter webhooks list"' },
      'old-secret': { type: 'boolean', description: 'End only the secret from before the last rotation' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const oldSecretOnly = args['old-secret'] === true
      const webhook = await withKeys((deps, actor) => revokeWebhook(deps, { id: args.id, oldSecretOnly, actor }))
      if (args.json) return print(JSON.stringify(webhook))
      const done = oldSecretOnly ? 'Ended the old secret of' : 'Revoked'
      print(`${paint('green', done)} ${webhook.id} (${webhook.name})`)
    },
  },
  [
    'npx hunter webhooks revoke 0190f0a0-0000-7000-8000-000000000000',
    'npx hunter webhooks revoke 0190f0a0-0000-7000-8000-000000000000 --old-secret',
  ],
)
