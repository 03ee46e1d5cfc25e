/** Connects Hunter to Partner Center with the code that a person's sign-in gave. */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type ConnectionDeps, saveConnection } from '#referrals/connection'
import { buildFirstPage, readPage } from '#referrals/read-page'
import { type LoopbackSignIn, type PartnerApp, redeemCode, type SignInDeps } from '#referrals/sign-in'
import { normaliseDomain } from '#signals/normalise'

const tenant = z.string('is needed').check(z.regex(/^[a-z\d][a-z\d.-]{0,99}$/i, 'must be an id or a domain'))
const clientId = z
  .string('is needed')
  .check(z.regex(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, 'must be the id of an application'))
const ownDomain = z.pipe(
  z.string().check(z.refine((text) => isDomain(text), 'must be domains such as acme.com.tr, separated by commas')),
  z.transform((text: string): string => normaliseDomain(text)),
)

export const connectOptions = z.strictObject({ tenant, client_id: clientId, own_domains: z.array(ownDomain) })

function isDomain(text: string): boolean {
  try {
    return normaliseDomain(text) !== ''
  } catch (thrown) {
    if (thrown instanceof AppError) return false
    throw thrown
  }
}

interface SignedIn extends Omit<LoopbackSignIn, 'state'> {
  app: PartnerApp
  code: string
  ownDomains: string[]
  actor: string
}

/**
 * Reads one referral before it stores anything, so that a person without the right finds out at once.
 * @throws AppError PARTNER_SIGN_IN_EXPIRED, PARTNER_CENTER_REFUSED, PARTNER_CENTER_UNAVAILABLE
 */
export async function connect(
  deps: ConnectionDeps & SignInDeps,
  { app, ownDomains, actor, ...signIn }: SignedIn,
  until: Date,
): Promise<void> {
  const { access, refresh } = await redeemCode(deps, app, signIn, until)
  if (refresh === null)
    throw new AppError('PARTNER_CENTER_REFUSED', 'Microsoft gave no refresh token: offline access is missing')
  await readPage(deps, access, buildFirstPage(deps.urls.api, { top: 1 }), until)
  await saveConnection(deps, { app, refreshToken: refresh, ownDomains, actor })
}
