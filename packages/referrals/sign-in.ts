/** Microsoft's sign-in as an application and a person, which Partner Center asks for: tokens for a code or a refresh token. */
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { request, type RequestDeps } from '#referrals/request'

/** An application that an administrator registered with Microsoft. */
export interface PartnerApp {
  tenant: string
  clientId: string
  clientSecret: string
}

interface PartnerUrls {
  /** Origin of the sign-in. */
  login: string
  /** Origin of Partner Center's API. */
  api: string
}

export interface SignInDeps extends RequestDeps {
  urls: PartnerUrls
}

interface Tokens {
  access: string
  /** null: the one that was used goes on. */
  refresh: string | null
}

/** Microsoft names the API by its public address, whatever address the calls go to. */
const SCOPE = 'https://api.partner.microsoft.com/.default offline_access'

export interface LoopbackSignIn {
  redirectUri: string
  state: string
  verifier: string
}

/** Returns the page on which a person signs in and agrees. */
export function buildSignInUrl(
  { login }: Pick<PartnerUrls, 'login'>,
  { tenant, clientId }: Omit<PartnerApp, 'clientSecret'>,
  { redirectUri, state, verifier }: LoopbackSignIn,
): string {
  const url = new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/authorize`, login)
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: redirectUri,
    scope: SCOPE,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'select_account',
  }).toString()
  return url.href
}

interface Code extends Omit<LoopbackSignIn, 'state'> {
  code: string
}

/** @throws AppError PARTNER_SIGN_IN_EXPIRED, PARTNER_CENTER_UNAVAILABLE */
export async function redeemCode(
  deps: SignInDeps,
  app: PartnerApp,
  { code, redirectUri, verifier }: Code,
  until: Date,
): Promise<Tokens> {
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  return requestTokens(deps, app, grant, until)
}

/** @throws AppError PARTNER_SIGN_IN_EXPIRED, PARTNER_CENTER_UNAVAILABLE */
export async function redeemRefreshToken(
  deps: SignInDeps,
  app: PartnerApp,
  token: string,
  until: Date,
): Promise<Tokens> {
  return requestTokens(deps, app, { grant_type: 'refresh_token', refresh_token: token }, until)
}

const token = z.string().check(z.minLength(1), z.maxLength(32_768))
const tokensSchema = z.object({ access_token: token, refresh_token: z.optional(token) })
const refusalSchema = z.object({ error: z.string(), error_description: z.catch(z.optional(z.string()), undefined) })

async function requestTokens(
  deps: SignInDeps,
  { tenant, clientId, clientSecret }: PartnerApp,
  grant: Record<string, string>,
  until: Date,
): Promise<Tokens> {
  const { status, json } = await request(deps, {
    url: new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, deps.urls.login).href,
    method: 'POST',
    headers: () => ({ 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }),
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, scope: SCOPE, ...grant }).toString(),
    until,
  })
  const tokens = z.safeParse(tokensSchema, json)
  if (status === 200 && tokens.success)
    return { access: tokens.data.access_token, refresh: tokens.data.refresh_token ?? null }
  const refusal = z.safeParse(refusalSchema, json)
  if (status >= 400 && status < 500 && refusal.success) throw refuse(refusal.data)
  throw new AppError('PARTNER_CENTER_UNAVAILABLE', `the sign-in answered ${status} without a token`)
}

/** What helps a person to sign in; the description itself may name people. */
function refuse({ error, error_description: text = '' }: z.infer<typeof refusalSchema>): AppError {
  if (error === 'temporarily_unavailable') return new AppError('PARTNER_CENTER_UNAVAILABLE', 'the sign-in is busy')
  const code = /AADSTS\d{1,9}/.exec(text)?.[0]
  const name = /^[a-z_]{1,60}$/.test(error) ? error : 'an unknown error'
  return new AppError(
    'PARTNER_SIGN_IN_EXPIRED',
    `Microsoft refuses the sign-in: ${[name, code].filter(Boolean).join(', ')}`,
  )
}
