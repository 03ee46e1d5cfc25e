import { newKeyBody } from '#keys/fields'
import { createKey } from '#keys/verify-key'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const createCommand = withExamples(
  {
    args: {
      name: { type: 'positional', required: true, description: 'Name of the owner' },
      scopes: { type: 'string', default: 'read', description: 'Comma-separated scopes: read, write, admin' },
      limit: { type: 'string', valueHint: 'N', description: "Requests per minute (default: the service's limit)" },
      expires: { type: 'string', valueHint: 'TIME', description: 'When the key expires, such as 2027-01-31T00:00:00Z' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { scopes, limit_per_minute, expires_at, name } = checkOptions(newKeyBody, {
        name: args.name,
        scopes: args.scopes.split(',').map((scope) => scope.trim()),
        limit_per_minute: args.limit === undefined ? undefined : Number(args.limit),
        expires_at: args.expires,
      })
      const input = { name, scopes, limitPerMinute: limit_per_minute, expiresAt: expires_at }
      const made = await withKeys((deps, actor) => createKey(deps, { ...input, actor }))
      if (args.json) return print(JSON.stringify(made))
      print(made.key)
      print(paint('dim', `Store it now: it is shown only once. Its id is ${made.keyid}.`))
    },
  },
  [
    'npx hunter keys create "Sales dashboard"',
    'npx hunter keys create importer --scopes read,write --limit 600 --expires 2027-01-31T00:00:00Z',
  ],
)
