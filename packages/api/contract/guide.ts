/** What the document says once for all operations: the introduction and the tags. */

export const GUIDE = `Hunter finds out what a company runs for e-mail, how well it is set up and how good a lead it is, with the evidence.

## Keys

Send your key as \`Authorization: Bearer <key>\` or as \`X-API-Key\`. Each operation names the scopes that it accepts; \`admin\` includes the others. The page at \`/app/\` exchanges its key for a cookie with \`POST /api/v1/session\`; a key in a header overrides the cookie.

## Answers

A JSON answer has the fields \`success\`, \`data\`, \`message\` and \`timestamp\`. Answers may gain new fields at any time. Times are ISO 8601 in UTC. \`X-Request-Id\` names the request in the logs; a request may bring its own.

## Errors

A failure has \`success: false\` and an \`error\` with a \`code\`, a \`message\` and \`details\`; the details hold a \`remedy\` and the \`request_id\`. A code never changes its meaning. A parameter, a field or a body that an operation does not take is refused and named, so that nothing you send is ignored. \`Accept: application/problem+json\` gets the same as a problem of RFC 9457.

## Pages

A list takes \`limit\` and \`cursor\`. Its answer holds \`next_cursor\`: send it as \`cursor\`, with the same filters and sort, to get the next page. It is null on the last page. The outcomes of a job have \`after\` and \`next_after\` instead.

## Repeated requests

Send an \`Idempotency-Key\` with a request that changes something. The same key with the same request gets the same answer for 24 hours, and the work is done once. The API refuses the same key with another request (\`IDEMPOTENCY_KEY_REUSED\`).

## Limits

Each key, and each address without a key, has a limit of requests. \`RateLimit-Policy\` and \`RateLimit\` say what it is and what is left. A 429 and a 503 say in \`Retry-After\` how long to wait. A body has at most 1 MiB.

## Older paths

Every operation below \`/api/v1\` also answers on the path without it: \`/leads\` is \`/api/v1/leads\`. Those answers have the same body, and \`Deprecation\`, \`Sunset\` and \`Link\` say since when the path is deprecated, until when it answers at least, and what to call instead. Their lists also take \`page\` and \`page_size\`.

## Unchanged answers

An answer to a read with a key has an \`ETag\`. Send it as \`If-None-Match\`: while the answer is the same, the response is 304 without a body.`

/** The groups of operations that customers know. */
const GROUPS = {
  ingest: 'Bring in companies from lists, files, webhooks and referrals',
  scan: 'Scan one domain, or a list of domains as a job',
  leads: 'Read, find and export leads with their evidence',
  dashboard: 'Counts and trends of all leads',
  'email-tools': 'Build and check e-mail addresses',
  progress: 'How far a job is, and the outcome of each domain or row',
  admin: 'Sessions of the page; keys, webhooks, provider overrides, backups and the audit log, for administrators',
  notes: 'Retired: notes on a lead',
  tags: 'Retired: tags of a lead',
  favorites: 'Retired: leads marked as favourites',
  pdf: 'A lead as a document',
  rescan: 'Scan known leads again',
  alerts: 'Changes and moves that are worth a call',
  'sales-summary': 'What to say to a lead, in words',
} as const

const TAGS: Readonly<Record<string, string>> = {
  ...GROUPS,
  service: 'What this service is',
  unsubscribe: 'For the readers of alerts by e-mail',
  healthz: 'Health and metrics, for monitors',
}

/** Groups of what lies below `/leads/{domain}`; anything else belongs to the leads. */
const GROUPS_OF_A_LEAD: Readonly<Record<string, keyof typeof GROUPS>> = {
  notes: 'notes',
  tags: 'tags',
  favorite: 'favorites',
  'summary.pdf': 'pdf',
  rescan: 'rescan',
  'sales-summary': 'sales-summary',
}

const JOB = /^\/(?:scan\/bulk|ingest)\/\{\w+\}$/

export function chooseTag(path: string): string {
  const below = path.replace('/api/v1', '')
  if (JOB.test(below)) return 'progress'
  if (below === '/moves') return 'alerts'
  const [, first = '', , ofLead = ''] = below.split('/')
  if (first === 'referrals') return 'ingest'
  if (first === 'session') return 'admin'
  return (first === 'leads' && GROUPS_OF_A_LEAD[ofLead]) || first || 'service'
}

/** Lists the tags in the order above. @throws Error for a tag without a description */
export function listTags(names: Iterable<string>): { name: string; description: string }[] {
  const used = new Set(names)
  const unknown = [...used].find((name) => !(name in TAGS))
  if (unknown !== undefined) throw new Error(`describe the tag ${unknown} in packages/api/contract/guide.ts`)
  return Object.entries(TAGS).flatMap(([name, description]) => (used.has(name) ? [{ name, description }] : []))
}
