import { revokeKey } from '#keys/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const revokeCommand = withExamples(
  {
    args: {
      id: { type: 'positional', required: true, description: 'Id of the key, from "hunter keys list"' },
      force: { type: 'boolean', description: 'Revoke the key even if it is the last one with the scope admin' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const force = args.force === true
      const key = await withKeys((deps, actor) => revokeKey(deps, { keyid: args.id, force, actor }))
      if (args.json) return print(JSON.stringify(key))
      print(`${paint('green', 'Revoked')} ${key.keyid} (${key.name})`)
    },
  },
  ['npx hunter keys revoke 3kTMd92aXb0Q', 'npx hunter keys revoke 3kTMd92aXb0Q --force'],
)
