/**
 * Stands in for Microsoft's sign-in and for the referrals of Partner Center on 127.0.0.1, in the shapes that Microsoft
 * documents, with the traps that public samples and issues show.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WrittenReferral } from '#emulators/partner-center/referral'

interface ScriptedAnswer {
  status: number
  headers?: Record<string, string>
  /** Text is sent as it is, anything else as JSON. */
  body: unknown
}

/** What tests switch. */
interface PartnerTraps {
  pageSize: number
  /** Rows of a page that the next one has once more. */
  repeated: number
  /** `http`: as in Microsoft's sample, without TLS and without `/engagements`. */
  nextLink: 'same' | 'sample' | 'elsewhere' | 'endless'
  /** True: a refresh token works once. Microsoft's stay valid until they expire. */
  isOneTime: boolean
  /** Answers of the next calls, instead of the usual ones. */
  nextTokens: ScriptedAnswer[]
  nextLists: ScriptedAnswer[]
  /** Called before a token is sent, for what happens meanwhile. */
  beforeToken: () => Promise<void>
}

interface Call {
  path: string
  headers: IncomingHttpHeaders
}

export interface PartnerCenter {
  /** The sign-in and the API are both there. */
  url: string
  referrals: WrittenReferral[]
  traps: PartnerTraps
  calls: Call[]
  /** Signs a person in; returns a refresh token. */
  signIn(): string
  /** Ends every access token. */
  expireAccess(): void
  close(): Promise<void>
}

const NO_TRAPS: PartnerTraps = {
  pageSize: 100,
  repeated: 0,
  nextLink: 'sample',
  isOneTime: false,
  nextTokens: [],
  nextLists: [],
  beforeToken: async () => undefined,
}

export async function startPartnerCenter(referrals: WrittenReferral[] = []): Promise<PartnerCenter> {
  const world: World = {
    referrals,
    traps: { ...NO_TRAPS, nextTokens: [], nextLists: [] },
    calls: [],
    issued: 0,
    refreshTokens: new Set(),
    accessTokens: new Set(),
    codes: new Map(),
  }
  const server = createServer((request, response) => void answer(world, request).then((said) => send(response, said)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    referrals,
    traps: world.traps,
    calls: world.calls,
    signIn: () => issue(world, 'refresh'),
    expireAccess: () => world.accessTokens.clear(),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface World extends Pick<PartnerCenter, 'referrals' | 'traps' | 'calls'> {
  issued: number
  refreshTokens: Set<string>
  accessTokens: Set<string>
  /** The code challenge of each code of a person who signed in. */
  codes: Map<string, string>
}

function issue(world: World, kind: 'refresh' | 'access'): string {
  const token = `${kind}-token-${(world.issued += 1)}`
  world[`${kind}Tokens`].add(token)
  return token
}

async function answer(world: World, request: IncomingMessage): Promise<ScriptedAnswer> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  const form = new URLSearchParams(await readText(request))
  world.calls.push({ path: url.pathname + url.search, headers: request.headers })
  if (url.pathname.endsWith('/oauth2/v2.0/authorize')) return signPersonIn(world, url)
  if (url.pathname.endsWith('/oauth2/v2.0/token')) {
    await world.traps.beforeToken()
    return world.traps.nextTokens.shift() ?? exchange(world, form)
  }
  const isList = /^\/v1\.0\/(?:engagements\/)?referrals$/.test(url.pathname)
  if (isList) return world.traps.nextLists.shift() ?? list(world, url, request.headers)
  return refuse(404, 'itemNotFound')
}

/** The person agrees at once. */
function signPersonIn(world: World, url: URL): ScriptedAnswer {
  const back = new URL(url.searchParams.get('redirect_uri') ?? 'http://localhost/')
  const code = `code-${(world.issued += 1)}`
  world.codes.set(code, url.searchParams.get('code_challenge') ?? '')
  back.searchParams.set('code', code)
  back.searchParams.set('state', url.searchParams.get('state') ?? '')
  return { status: 302, headers: { location: back.href }, body: '' }
}

function exchange(world: World, form: URLSearchParams): ScriptedAnswer {
  if (!form.get('client_secret')) return refuseToken('invalid_client', 'AADSTS7000218')
  if (form.get('grant_type') === 'authorization_code') {
    const challenge = world.codes.get(form.get('code') ?? '')
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (challenge !== proof) return refuseToken('invalid_grant', 'AADSTS70008')
    world.codes.delete(form.get('code') ?? '')
    return sendTokens(world)
  }
  if (form.get('grant_type') !== 'refresh_token') return refuseToken('unsupported_grant_type', 'AADSTS70003')
  const given = form.get('refresh_token') ?? ''
  if (!world.refreshTokens.has(given)) return refuseToken('invalid_grant', 'AADSTS700082')
  if (world.traps.isOneTime) world.refreshTokens.delete(given)
  return sendTokens(world)
}

function sendTokens(world: World): ScriptedAnswer {
  const body = {
    token_type: 'Bearer',
    scope: 'https://api.partner.microsoft.com/user_impersonation',
    expires_in: 3_600,
    access_token: issue(world, 'access'),
    refresh_token: issue(world, 'refresh'),
  }
  return { status: 200, body }
}

/** As the sign-in refuses: the description names the cause. */
export function refuseToken(error: string, code: string): ScriptedAnswer {
  const description = `${code}: The grant of the user ayse.demir@contoso.com is not valid. Trace ID: 0000`
  return { status: 400, body: { error, error_description: description, error_codes: [Number(code.slice(6))] } }
}

/** As the API refuses. */
export function refuse(status: number, code: string, headers: Record<string, string> = {}): ScriptedAnswer {
  return { status, headers, body: { error: { code, message: 'The call was refused.', innerError: null } } }
}

const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

function list(world: World, url: URL, headers: IncomingHttpHeaders): ScriptedAnswer {
  const { referrals, traps, accessTokens, calls } = world
  const token = (headers.authorization ?? '').replace(/^Bearer /, '')
  if (!accessTokens.has(token)) return refuse(401, 'unAuthorized') // Microsoft's sample spells it so
  const id = String(headers['client-request-id'])
  const uses = calls.filter((call) => call.headers['client-request-id'] === id).length
  if (!GUID.test(id) || uses > 1) return refuse(400, 'invalidRequest')
  const start = readStart(url)
  const since = /updatedDateTime ge (\S+)/.exec(start.filter)?.[1] ?? ''
  const all = referrals
    .filter(({ updatedDateTime }) => updatedDateTime >= since)
    .toSorted((one, other) => (one.updatedDateTime < other.updatedDateTime ? -1 : 1))
  const top = Math.min(Number(url.searchParams.get('$top') ?? traps.pageSize), traps.pageSize)
  const end = start.offset + top
  const next = end < all.length || traps.nextLink === 'endless' ? linkPage(url, traps, { ...start, offset: end }) : {}
  const from = Math.max(0, start.offset - (start.offset > 0 ? traps.repeated : 0))
  const body = {
    '@odata.context': '$metadata#referrals',
    '@odata.count': all.length,
    value: all.slice(from, end),
    ...next,
  }
  return { status: 200, headers: { 'request-id': id }, body }
}

interface PageStart {
  filter: string
  offset: number
}

function readStart(url: URL): PageStart {
  const token = url.searchParams.get('$skiptoken')
  if (token !== null) return JSON.parse(Buffer.from(token, 'base64url').toString().trim()) as PageStart
  return { filter: url.searchParams.get('$filter') ?? '', offset: 0 }
}

/** The token has about 900 characters. */
function linkPage(url: URL, { nextLink }: PartnerTraps, start: PageStart) {
  const token = Buffer.from(JSON.stringify(start).padEnd(675)).toString('base64url')
  const origin = nextLink === 'elsewhere' ? 'http://169.254.169.254' : url.origin
  const path = nextLink === 'sample' ? '/v1.0/referrals' : '/v1.0/engagements/referrals'
  return { '@odata.nextLink': `${origin}${path}?$skiptoken=${token}` }
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

function send(response: ServerResponse, { status, headers, body }: ScriptedAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
}
