/** Headers of the answers, described once for all operations. */

const NUMBER = { type: 'integer', minimum: 0 }
const TEXT = { type: 'string' }

export const HEADERS = {
  'X-Request-Id': {
    description: 'Id of the request, in the logs too; the one that the request brings, or a new one',
    schema: TEXT,
    example: '0190f0a0-1111-7000-8000-000000000000',
  },
  'RateLimit-Policy': {
    description: 'The limit that the request counts against: its name, `q` requests, in `w` seconds',
    schema: TEXT,
    example: '"key";q=60;w=60',
  },
  RateLimit: {
    description: 'What is left of the limit: `r` requests, and it is full again in `t` seconds',
    schema: TEXT,
    example: '"key";r=59;t=30',
  },
  'Retry-After': { description: 'Seconds after which another try may succeed', schema: NUMBER, example: 10 },
  'WWW-Authenticate': { description: 'How to send the key', schema: TEXT, example: 'Bearer' },
  'Content-Disposition': {
    description: 'Name of the file',
    schema: TEXT,
    example: `attachment; filename="leads-2026-11-29.csv"; filename*=UTF-8''leads-2026-11-29.csv`,
  },
  ETag: {
    description: 'Tag of this answer, for the If-None-Match of the next request',
    schema: TEXT,
    example: 'W/"Ck1w0Jm5n5lqk0g7Zb1c2A"',
  },
  Link: {
    description:
      'Address of the first page, and of the next one unless this is the last page (RFC 8288); the successor of a retired operation',
    schema: TEXT,
    example: '</api/v1/leads>; rel="first", </api/v1/leads?cursor=WyJs>; rel="next"',
  },
  'Idempotency-Replayed': {
    description: 'True when this is the saved answer of an earlier request with the same Idempotency-Key',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
  Location: {
    description: 'Path of what the request created; address of a file that is too large for the answer',
    schema: TEXT,
    example: '/api/v1/scan/bulk/0190f0a0-0000-7000-8000-000000000000',
  },
} as const

export interface HeaderReference {
  $ref: string
}

const ALWAYS: (keyof typeof HEADERS)[] = ['X-Request-Id', 'RateLimit-Policy', 'RateLimit']

/** Returns references to the headers of every answer and to these. */
export function documentHeaders(names: (keyof typeof HEADERS)[]): Record<string, HeaderReference> {
  return Object.fromEntries([...ALWAYS, ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
