import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { v7 } from 'uuid'
import type { Message, SendMessage } from '#alerts/message'
import { type AppDeps, createApp } from '#api/app'
import { type BackupRouteDeps, createBackupRoutes } from '#api/backups/routes'
import { openSession } from '#keys/sessions/lifecycle'
import { createKey, createKeyVerifier } from '#keys/verify-key'
import { createWebhook } from '#keys/webhooks/lifecycle'
import { signMessage } from '#keys/webhooks/signature'
import { createAuthenticator, type AuthenticatorDeps } from '#api/middleware/authenticate'
import { joinEngineRoutes } from '#api/engine-routes'
import { type RecordDeps, joinRecordRoutes } from '#api/record-routes'
import type { IngestRouteDeps } from '#api/ingest/routes'
import type { ReferralRouteDeps } from '#api/referrals/routes'
import type { ScanRouteDeps } from '#api/scans/routes'
import { type Database, pingDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import type { Scope } from '#db/tables'
import { noMetrics } from '#platform/metrics/metrics'
import { PAGE_FOLDERS } from '#runtime/page-folders'
import type { RequestLimiter, LimitAnswer } from '#redis/limiter'
import { createFakeDns, type FakeDns } from './fake-dns.ts'
import { type LogLine, recordingLog } from './recording-log.ts'
import { createPartnerWorld } from './partner-world.ts'
import { createSampleCatalog } from './sample-catalog.ts'
import { createFakeQueue, type FakeQueue, scanDeps } from './scan-deps.ts'
import { TestClock } from './test-clock.ts'
import { createSigningBucket } from './transfer-bucket.ts'

interface Envelope {
  success: boolean
  data: Record<string, unknown>
  message: string
  timestamp: string
  error: { code: string; message: string; details: Record<string, unknown> }
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  body: Envelope
}

export interface TestApi {
  clock: TestClock
  dns: FakeDns
  queue: FakeQueue
  /** Messages to alert channels; each arrives. */
  alerted: Message[]
  lines: LogLine[]
  reported: unknown[]
  /** Answers of the key limiter; empty: allowed. */
  limits: Partial<LimitAnswer>[]
  key: (scopes: Scope[]) => Promise<string>
  /** Signs in with a key, and returns the headers that a page of our own sends. */
  signIn: (key: string) => Promise<OwnPage>
  /** Returns the secret of a webhook of this key. From then on, `call` signs what the key delivers. */
  signAs: (key: string) => Promise<string>
  app: ReturnType<typeof createApp>
  /** `get /api/v1/leads/{domain}`: every route that answers something. */
  routes: () => string[]
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>
}

/** What a browser sends for a page of our own that has signed in. */
interface OwnPage {
  Cookie: string
  'Sec-Fetch-Site': string
}

interface CallOptions {
  key?: string
  headers?: Record<string, string>
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown
}

export const PEPPER = 'pepper of the tests'

type TestDeps = Omit<AppDeps, 'loadAuthenticator' | 'loadRecords' | 'loadEngine' | 'loadBackups'> &
  AuthenticatorDeps &
  RecordDeps &
  ScanRouteDeps &
  IngestRouteDeps &
  BackupRouteDeps &
  ReferralRouteDeps

/** The whole API over a real database; DNS, queue, limits and time are the test's. */
export function createTestApi(db: Database, changes: Partial<TestDeps> = {}): TestApi {
  const clock = new TestClock()
  const dns = createFakeDns()
  const queue = createFakeQueue()
  const log = recordingLog()
  const alerted: Message[] = []
  const reported: unknown[] = []
  const limits: Partial<LimitAnswer>[] = []
  const takeAlert: SendMessage = async (_, message) => (alerted.push(message), { kind: 'sent', status: 200 })
  const keyDeps = { db, clock, pepper: PEPPER, env: 'test', randomBytes }
  const deps: TestDeps = {
    ...scanDeps(db, dns, { clock, log }),
    queue,
    deadLetters: { receive: async () => [], remove: async () => undefined },
    batchSize: 50,
    openDomainsMax: 20_000,
    tempDir: tmpdir(),
    newId: v7,
    syncReferrals: (until) =>
      createPartnerWorld(db, { url: 'http://127.0.0.1:1', signIn: () => '' }, clock).sync({ queue }, until),
    keys: createKeyVerifier(keyDeps),
    keyDeps,
    ...createSampleCatalog(clock),
    openTransfers: async () => createSigningBucket(clock),
    loadAlertSender: async () => ({ send: takeAlert, isTrusted: () => false }),
    readDigestBackup: async () => null,
    dashboardCache: { getJson: async () => undefined, setJson: async () => undefined },
    ipLimiter: doorLimiter(() => ({ ...allowed(clock), limit: 300, remaining: 299 })),
    failedKeyLimiter: doorLimiter(() => allowed(clock)),
    keyLimiter: doorLimiter(() => ({ ...allowed(clock), ...limits.shift() })),
    readiness: {
      parts: [{ name: 'database', essential: true, check: () => pingDatabase(db) }],
      isMigrated: () => isMigrated(db),
      timeoutMs: 2_000,
    },
    metrics: noMetrics,
    metricsText: async () => '',
    metricsAccess: 'key',
    version: '0.0.0',
    pageFolders: PAGE_FOLDERS,
    corsOrigins: ['https://app.example.com'],
    databaseBudgetMs: 60_000,
    report: (error) => void reported.push(error),
    ...changes,
  }
  const authenticator = createAuthenticator(deps)
  const secrets = new Map<string, string>()
  const sign = (path: string, key = '', body = '', headers: Record<string, string> = {}) => {
    const secret = /\/ingest\/webhook\b/.test(path) ? secrets.get(key) : undefined
    if (secret === undefined) return {}
    const message = {
      id: headers['webhook-id'] ?? 'msg_1',
      timestamp: headers['webhook-timestamp'] ?? String(Math.floor(clock.now().getTime() / 1_000)),
    }
    const signature = signMessage(secret, { ...message, body: Buffer.from(body) })
    return { 'webhook-id': message.id, 'webhook-timestamp': message.timestamp, 'webhook-signature': signature }
  }
  const signIn = async (key: string): Promise<OwnPage> => {
    const by = { actor: `key:${key.split('_')[2]}` }
    const opened = await openSession(
      { ...keyDeps, newId: v7 },
      { key, userAgent: undefined, replaced: undefined, ...by },
    )
    return { Cookie: `__Host-hunter=${opened.token}`, 'Sec-Fetch-Site': 'same-origin' }
  }
  const app = createApp({
    ...deps,
    loadAuthenticator: async () => authenticator,
    loadRecords: async () => joinRecordRoutes(deps),
    loadEngine: async () => joinEngineRoutes(deps),
    loadBackups: async () => createBackupRoutes(deps),
  })
  return {
    clock,
    dns,
    queue,
    alerted,
    lines: log.lines,
    reported,
    limits,
    key: async (scopes) => {
      const made = await createKey(keyDeps, { name: 'test', scopes, actor: 'test' })
      return made.key
    },
    signIn,
    signAs: async (key) => {
      const known = secrets.get(key)
      if (known !== undefined) return known
      const keyid = key.split('_')[2] ?? ''
      const { secret } = await createWebhook({ ...keyDeps, newId: v7 }, { keyid, name: 'test', actor: 'test' })
      secrets.set(key, secret)
      return secret
    },
    app,
    routes: () => {
      const handlers = app.routes.filter(({ method }) => method !== 'ALL')
      return handlers.map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`)
    },
    call: async (method, path, { key, headers = {}, body } = {}) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
      const response = await app.request(path, {
        method,
        headers: {
          ...sign(path, key, text, headers),
          ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(key ? { Authorization: `Bearer ${key}` } : {}),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      })
      const answer = await response.text()
      return { status: response.status, headers: response.headers, text: answer, body: parse(answer) }
    },
  }
}

/** The older paths of a list take two fields more, and a refusal names them; all else is the same on both paths. */
export function dropPageFields(text: string): string {
  return text.replace(/, page, page_size(?=")/, '')
}

/** Returns an empty envelope for a page or an empty body. */
function parse(text: string): Envelope {
  return (text.startsWith('{') ? JSON.parse(text) : {}) as Envelope
}

function doorLimiter(answer: () => LimitAnswer): RequestLimiter {
  return { limit: async () => answer(), limitThenDecide: async () => answer, knownBlock: () => undefined }
}

function allowed(clock: TestClock): LimitAnswer {
  const now = clock.now()
  const resetAt = new Date(now.getTime() + 30_000)
  return { allowed: true, limit: 60, windowMs: 60_000, remaining: 59, resetAt, retryAt: now, degraded: false }
}
