/** What the document says once for all operations: the introduction and the tags. */

export const GUIDE = `Hunter finds out what a company runs for e-mail, how well it is set up and how good a lead it is, with the evidence.

## Keys

Send your key as \`Authorization: Bearer <key>\` or as \`X-API-Key\`. Each operation names the scopes that it accepts; \`admin\` includes the others.

## Answers

A JSON answer has the fields \`success\`, \`data\`, \`message\` and \`timestamp\`. Answers may gain new fields at any time. Times are ISO 8601 in UTC. \`X-Request-Id\` names the request in the logs; a request may bring its own.

## Errors

A failure has \`success: false\` and an \`error\` with a \`code\`, a \`message\` and \`details\`; the details hold a \`remedy\` and the \`request_id\`. A code never changes its meaning. \`Accept: application/problem+json\` gets the same as a problem of RFC 9457.

## Pages

A list takes \`limit\` and \`cursor\`. Its answer holds \`next_cursor\`: send it as \`cursor\`, with the same filters and sort, to get the next page. It is null on the last page. The outcomes of a job have \`after\` and \`next_after\` instead.

## Repeated requests

Send an \`Idempotency-Key\` with a request that changes something. The same key with the same request gets the same answer for 24 hours, and the work is done once. The API refuses the same key with another request (\`IDEMPOTENCY_KEY_REUSED\`).

## Limits

Each key, and each address without a key, has a limit of requests. \`RateLimit-Policy\` and \`RateLimit\` say what it is and what is left. A 429 and a 503 say in \`Retry-After\` how long to wait. A body has at most 1 MiB.

## Unchanged answers

An answer to a read with a key has an \`ETag\`. Send it as \`If-None-Match\`: while the answer is the same, the response is 304 without a body.`

/** Tags by the first part of the path below `/api/v1`. */
const TAGS: Readonly<Record<string, string>> = {
  service: 'What this service is',
  healthz: 'Health and metrics, for monitors',
  scan: 'Scan one domain, or a list of domains as a job',
  ingest: 'Bring in companies from lists, files and webhooks',
  leads: 'Read, find and export leads with their evidence',
  dashboard: 'Counts and trends of all leads',
  'email-tools': 'Build and check e-mail addresses',
  alerts: 'Changes that are worth a call',
  admin: 'Keys, provider overrides and the audit log, for administrators',
}

export function chooseTag(path: string): string {
  return path.replace('/api/v1', '').split('/')[1] || 'service'
}

/** @throws Error for a tag without a description */
export function listTags(names: Iterable<string>): { name: string; description: string }[] {
  return [...new Set(names)].map((name) => {
    const description = TAGS[name]
    if (description === undefined) throw new Error(`describe the tag ${name} in packages/api/contract/guide.ts`)
    return { name, description }
  })
}
