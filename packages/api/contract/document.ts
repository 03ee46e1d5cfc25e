/**
 * Builds the OpenAPI 3.1 document from the schemas that validate requests and from the answer schemas that tests hold
 * real answers to.
 */
import * as z from 'zod/mini'
import { ANSWERS, OPERATIONS, type RoutedOperation } from '#api/contract/operations'
import { toHttpStatus } from '#api/http/errors'
import { getRemedy } from '#platform/error-texts'
import { AppError, ERROR_KINDS, type ErrorCode } from '#platform/errors'

export type JsonSchema = Record<string, unknown>

export interface ApiDocument {
  openapi: '3.1.1'
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  paths: Record<string, Record<string, DocumentedOperation>>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> }
}

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
  example?: unknown
}

export interface DocumentedOperation {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: true; content: Record<string, { schema: JsonSchema; example: unknown }> }
  responses: Record<string, DocumentedResponse>
}

interface DocumentedResponse {
  description: string
  headers?: Record<string, { description: string; schema: JsonSchema }>
  content?: Record<string, { schema: JsonSchema }> | undefined
}

const WITH_KEY: ErrorCode[] = [
  'KEY_MISSING',
  'KEYS_SEVERAL',
  'KEY_INVALID',
  'SCOPE_MISSING',
  'PRECONDITION_UNSUPPORTED',
  'DATABASE_UNAVAILABLE',
  'DATABASE_BUSY',
]
const WHEN_IDEMPOTENT: ErrorCode[] = [
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_FLIGHT',
  'VALIDATION_FAILED',
  'BODY_TOO_LARGE',
]
const ALWAYS: ErrorCode[] = ['RATE_LIMITED', 'INTERNAL']

export function buildApiDocument(version: string): ApiDocument {
  const paths: ApiDocument['paths'] = {}
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = name.split(' ')
    paths[path] = { ...paths[path], [method]: describeOperation(method, path, operation) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Hunter', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: buildSchemas(), securitySchemes: SECURITY },
  }
}

const DESCRIPTION =
  'Hunter finds out what a company runs for e-mail, how well it is set up and how good a lead it is, with the evidence. ' +
  'Every error has a code. Answers may gain new fields at any time.'

const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'ETag of an answer that you already have; while it is current, the response is 304 without a body',
  schema: { type: 'string' },
}

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the request safe to repeat: for 24 hours, the same key with the same request gets the same answer, and the work is done once',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer <key>' },
  header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
}

function describeOperation(method: string, path: string, operation: RoutedOperation): DocumentedOperation {
  const { summary, scopes, params, query, body, example, status = 200, answer } = operation
  const takesKey = operation.idempotent === true
  const isCached = method === 'get' && scopes !== undefined && answer !== 'text'
  return {
    operationId: formatOperationId(method, path),
    summary: scopes ? `${summary} (scope ${scopes.join(' or ')})` : summary,
    tags: [chooseTag(path)],
    security: scopes ? [{ bearer: [] }, { header: [] }] : [],
    parameters: [
      ...listParameters('path', params, example?.params),
      ...listParameters('query', query),
      ...(isCached ? [IF_NONE_MATCH] : []),
      ...(takesKey ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body
      ? {
          requestBody: {
            required: true as const,
            content: { 'application/json': { schema: toInputSchema(body), example: example?.body } },
          },
        }
      : {}),
    responses: {
      [status]: { description: summary, content: describeContent(answer) },
      ...(isCached
        ? { 304: { description: 'Not modified: the answer that If-None-Match names is still current' } }
        : {}),
      ...describeFailures([
        ...(operation.errors ?? []),
        ...(takesKey ? WHEN_IDEMPOTENT : []),
        ...(scopes ? WITH_KEY : []),
        ...ALWAYS,
      ]),
    },
  }
}

/** `post /api/v1/scan/bulk/{job}/retry` → `post_scan_bulk_job_retry` */
function formatOperationId(method: string, path: string): string {
  const words = path.replace('/api/v1', '').match(/[a-z-]+/g) ?? ['root']
  return [method, ...words].join('_').replaceAll('-', '_')
}

function chooseTag(path: string): string {
  return path.replace('/api/v1', '').split('/')[1] || 'service'
}

function listParameters(place: 'path' | 'query', schema?: z.ZodMiniObject, examples: Record<string, string> = {}) {
  if (!schema) return []
  const { properties = {}, required = [] } = toInputSchema(schema) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]): Parameter => {
    const example = examples[name]
    const parameter = { name, in: place, required: required.includes(name), schema: property }
    return example === undefined ? parameter : { ...parameter, example }
  })
}

function describeFailures(codes: ErrorCode[]): DocumentedOperation['responses'] {
  const byStatus = Map.groupBy([...new Set(codes)], (code) => toHttpStatus(new AppError(code, '')))
  const responses = [...byStatus].map(([status, codes]): [string, DocumentedResponse] => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${getRemedy(code, 'api')}`).join('\n\n'),
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/failure' } },
        'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } },
      },
    },
  ])
  return Object.fromEntries(responses)
}

function describeContent(answer: string): DocumentedResponse['content'] {
  if (answer === 'text') return { 'text/plain': { schema: { type: 'string' } } }
  return { 'application/json': { schema: wrapInEnvelope({ $ref: `#/components/schemas/${answer}` }) } }
}

function wrapInEnvelope(data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['success', 'data', 'message', 'timestamp'],
    properties: {
      success: { const: true },
      data,
      message: { type: 'string' },
      timestamp: { type: 'string', format: 'date-time' },
    },
  }
}

/** Answer schemas that other answers contain: the document refers to them by name. */
const SHARED = new Map<unknown, string>(Object.entries(ANSWERS).map(([name, schema]) => [schema, name]))

const details = z.looseObject({ remedy: z.string(), request_id: z.string() })
const code = z.enum(Object.keys(ERROR_KINDS) as [ErrorCode, ...ErrorCode[]])
const failure = z.object({
  success: z.literal(false),
  error: z.object({ code, message: z.string(), details }),
  timestamp: z.iso.datetime(),
})
const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  request_id: z.string(),
  code,
  remedy: z.string(),
})

function buildSchemas(): Record<string, JsonSchema> {
  const all: Record<string, z.ZodMiniType> = { ...ANSWERS, failure, problem }
  return Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, toOutputSchema(schema)]))
}

function toInputSchema(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves the default out when a transform follows; callers still need to see it
      const { def } = zodSchema._zod
      if (def.type === 'default') jsonSchema.default = def.defaultValue
      // a query number is validated as text, but documented as an integer
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern
    },
  })
  return json
}

/**
 * Drops `additionalProperties: false`, so that a new field breaks no generated client. The tests still reject
 * undocumented fields.
 */
function toOutputSchema(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'output',
    override: ({ zodSchema, jsonSchema, path }) => {
      const name = path.length > 0 ? SHARED.get(zodSchema) : undefined
      if (name) {
        for (const property of Object.keys(jsonSchema)) delete jsonSchema[property]
        jsonSchema.$ref = `#/components/schemas/${name}`
      }
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern // the format says the same, more briefly
    },
  })
  return json
}
