/** Describes the error answers of the operations: their statuses, their codes, and an example. */
import * as z from 'zod/mini'
import { count, describeField, time } from '#api/contract/fields'
import { documentHeaders, type HeaderReference } from '#api/contract/headers'
import { toHttpStatus } from '#api/http/errors'
import { ERROR_TEXTS, getRemedy } from '#platform/error-texts'
import { AppError, ERROR_KINDS, type ErrorCode } from '#platform/errors'

interface FailureResponse {
  description: string
  headers: Record<string, HeaderReference>
  content: Record<string, { schema: { $ref: string }; example?: unknown }>
}

/** @param codes of one operation; a code may be named twice */
export function describeFailures(codes: ErrorCode[]): Record<string, FailureResponse> {
  const byStatus = Map.groupBy(new Set(codes), (code) => toHttpStatus(new AppError(code, '')))
  return Object.fromEntries([...byStatus].map(([status, codes]) => [String(status), describeFailure(status, codes)]))
}

function describeFailure(status: number, codes: ErrorCode[]): FailureResponse {
  return {
    description: codes.map((code) => `\`${code}\`: ${getRemedy(code, 'api')}`).join('\n\n'),
    headers: documentHeaders([
      ...(codes.some(canWait) ? ['Retry-After' as const] : []),
      ...(status === 410 ? ['Link' as const] : []),
      ...(status === 401 ? ['WWW-Authenticate' as const] : []),
    ]),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/failure' },
        example: buildExample(codes[0] as ErrorCode),
      },
      'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } },
    },
  }
}

/** Conflicts that pass by themselves. */
const WAITING: readonly ErrorCode[] = ['IDEMPOTENCY_IN_FLIGHT', 'BACKUP_RUNNING']

/** True when an answer with this code may say how long to wait. */
function canWait(code: ErrorCode): boolean {
  return ['limited', 'unavailable'].includes(ERROR_KINDS[code]) || WAITING.includes(code)
}

const REQUEST_ID = '0190f0a0-1111-7000-8000-000000000000'

function buildExample(code: ErrorCode) {
  const details = {
    ...(code === 'VALIDATION_FAILED'
      ? { fields: [{ field: 'limit', message: 'must be a whole number from 1 to 200' }] }
      : {}),
    ...(canWait(code) ? { retry_after_seconds: 10 } : {}),
    remedy: getRemedy(code, 'api'),
    request_id: REQUEST_ID,
  }
  const error = { code, message: ERROR_TEXTS[code].meaning, details }
  return { success: false, error, timestamp: '2026-11-20T09:00:00.000Z' }
}

const code = describeField(
  z.enum(Object.keys(ERROR_KINDS) as [ErrorCode, ...ErrorCode[]]),
  'What went wrong; a code never changes its meaning',
)
const remedy = describeField(z.string(), 'What to do about it', 'Fix the fields that error.details.fields lists.')
const request_id = describeField(z.string(), 'Id of the request, for the operator of the service', REQUEST_ID)
const details = {
  remedy,
  request_id,
  fields: z.optional(
    describeField(
      z.array(
        z.object({
          field: describeField(z.string(), 'Name of the field, the parameter or the header', 'limit'),
          message: describeField(z.string(), 'What is wrong with it', 'must be a whole number from 1 to 200'),
        }),
      ),
      'Fields that are wrong',
    ),
  ),
  retry_after_seconds: z.optional(describeField(count, 'Seconds to wait, as in Retry-After', 10)),
}

export const failure = z.object({
  success: describeField(z.literal(false), 'False: the request failed'),
  error: describeField(
    z.object({
      code,
      message: describeField(z.string(), 'What happened, in words', 'the request has fields that are not valid'),
      details: describeField(z.looseObject(details), 'Facts that help; their names depend on the code'),
    }),
    'The failure',
  ),
  timestamp: describeField(time, 'When the service answered'),
})

/** RFC 9457. */
export const problem = z.looseObject({
  ...details,
  type: describeField(z.string(), 'Where the code is explained', '/docs#VALIDATION_FAILED'),
  title: describeField(z.string(), 'The code in words', 'Validation failed'),
  status: describeField(z.int(), 'The HTTP status', 422),
  detail: describeField(z.string(), 'What happened, in words', 'the request has fields that are not valid'),
  instance: describeField(z.string(), 'The request as a URI', `urn:hunter:request:${REQUEST_ID}`),
  code,
})
