import { endSession } from '#keys/sessions/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const revokeCommand = withExamples(
  {
    args: {
      id: { type: 'positional', required: true, description: 'Id of the session, from "hunter sessions list"' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const session = await withKeys((deps, actor) => endSession(deps, { id: args.id, own: false, actor }))
      if (args.json) return print(JSON.stringify(session))
      print(`${paint('green', 'Revoked')} ${session.id} (${session.keyName}, ${session.browser})`)
    },
  },
  ['npx hunter sessions revoke 0190f0a0-0000-7000-8000-000000000000'],
)
