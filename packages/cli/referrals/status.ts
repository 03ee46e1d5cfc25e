import { toSnakeCaseKeys } from '#api/http/snake-case'
import { systemClock } from '#platform/clock'
import { formatCount } from '#platform/count-text'
import { readSyncStatus, type SyncStatus } from '#referrals/sync-status'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { toPrintable } from '#cli/printable'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'

export const statusCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const now = systemClock.now()
      const status = await withDatabase((db) => readSyncStatus(db, now))
      print(args.json ? JSON.stringify(toSnakeCaseKeys(status)) : formatStatus(status, now))
    },
  },
  ['npx hunter referrals status', 'npx hunter referrals status --json'],
)

/** Microsoft ends a refresh token that rests for longer. */
const TOKEN_DAYS = 90

function formatStatus({ connection, signedOut, kinds, companies, domainMissing }: SyncStatus, now: Date): string {
  if (!connection) return 'There is no sign-in to Partner Center yet. Run "hunter referrals connect".'
  const { tenant, connectedAt, connectedBy, refreshedAt, problem, retryAt, syncedAt } = connection
  const restDays = Math.floor((now.getTime() - refreshedAt.getTime()) / 86_400_000)
  const later = retryAt !== null && retryAt > now ? `, not before ${formatTime(retryAt)}` : ''
  const counts = kinds.map(({ kind, referrals }) => `${referrals} ${kind}`).join(', ')
  return [
    `State      ${signedOut ? paint('red', `signed out: ${problem}; run "hunter referrals connect"`) : 'signed in'}`,
    `Sign-in    ${toPrintable(tenant)}, ${formatTime(connectedAt)} by ${toPrintable(connectedBy)}`,
    `Token      renewed ${formatCount(restDays, 'day')} ago; Microsoft ends it after ${TOKEN_DAYS} days without use`,
    `Last sync  ${syncedAt ? formatTime(syncedAt) : 'none has read to the end'}${later}`,
    `Open       ${counts || 'no referrals'}`,
    `Companies  ${companies}; ${formatCount(domainMissing, 'referral')} without a company's domain`,
  ].join('\n')
}
