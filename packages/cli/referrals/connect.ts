import { randomBytes } from 'node:crypto'
import { AppError } from '#platform/errors'
import { connect, connectOptions } from '#referrals/connect'
import { type Connection, type ConnectionDeps, findConnection, openConnection } from '#referrals/connection'
import { buildSignInUrl } from '#referrals/sign-in'
import { getProcessContext } from '#runtime/process-context'
import { createPartnerDeps } from '#runtime/referrals'
import { getActor } from '#cli/actor'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { openLoopback } from '#cli/referrals/loopback'
import { checkPort } from '#cli/port'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'

const PATIENCE_MS = 10 * 60_000
const CALLS_MS = 60_000

export const connectCommand = withExamples(
  {
    args: {
      tenant: { type: 'string', description: 'Id or domain of your own directory (default: as before)' },
      'client-id': {
        type: 'string',
        valueHint: 'ID',
        description: 'Id of the registered application (default: as before)',
      },
      'own-domains': {
        type: 'string',
        valueHint: 'DOMAINS',
        description: 'Domains of your own sellers, separated by commas: never a customer (default: as before)',
      },
      port: {
        type: 'string',
        default: '8400',
        description: 'Port of http://localhost:PORT/, which the application must have as its redirect URI',
      },
    },
    run: async ({ args }) => {
      const port = Number(checkPort(args.port, '--port'))
      await withDatabase(async (db) => {
        const context = getProcessContext('cli')
        const deps = createPartnerDeps(context, db)
        const before = await findConnection(db)
        const input = checkOptions(connectOptions, {
          tenant: args.tenant ?? before?.tenant,
          client_id: args['client-id'] ?? before?.clientId,
          own_domains: args['own-domains']?.split(',') ?? before?.ownDomains ?? [],
        })
        const isSameApp = before?.tenant === input.tenant && before.clientId === input.client_id
        const clientSecret =
          context.settings.HUNTER_PARTNER_CLIENT_SECRET ?? readSecret(deps, isSameApp ? before : undefined)
        const app = { tenant: input.tenant, clientId: input.client_id, clientSecret }
        const loopback = await openLoopback(port)
        try {
          const { redirectUri } = loopback
          const [state = '', verifier = ''] = [32, 48].map((bytes) => randomBytes(bytes).toString('base64url'))
          print('Open this page in a browser on this machine, and sign in as a person who may see referrals:')
          print(buildSignInUrl(deps.urls, app, { redirectUri, state, verifier }))
          const code = await loopback.waitForCode(state, PATIENCE_MS)
          const until = new Date(deps.clock.now().getTime() + CALLS_MS)
          await connect(
            deps,
            { app, code, redirectUri, verifier, ownDomains: input.own_domains, actor: getActor() },
            until,
          )
          print(`${paint('green', 'Connected')} to Partner Center. The schedule reads referrals every ten minutes.`)
        } finally {
          await loopback.close()
        }
      })
    },
  },
  [
    'HUNTER_PARTNER_CLIENT_SECRET=… npx hunter referrals connect --tenant contoso.com --client-id 4990cffe-04e8-4e8b-808a-1175604b879f',
    'npx hunter referrals connect',
  ],
)

/** The stored one, for a person who signs in to the same application once more. */
function readSecret(deps: ConnectionDeps, before: Connection | undefined): string {
  if (before) return openConnection(deps, before).app.clientSecret
  throw new AppError('USAGE', 'set HUNTER_PARTNER_CLIENT_SECRET to the secret of the application')
}
