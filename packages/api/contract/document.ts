/**
 * Builds the OpenAPI 3.1 document from the schemas that validate requests and from the answer schemas that tests hold
 * real answers to.
 */
import type * as z from 'zod/mini'
import { NOT_JSON } from '#api/contract/fields'
import { describeFailures, failure, problem } from '#api/contract/failures'
import { chooseTag, GUIDE, listTags } from '#api/contract/guide'
import { documentHeaders, type HeaderReference, HEADERS } from '#api/contract/headers'
import { ANSWERS, OPERATIONS, type RoutedOperation } from '#api/contract/operations'
import { buildExample, type JsonSchema, toInputSchema, toOutputSchema } from '#api/contract/schemas'
import { FORM_TYPES } from '#api/http/form'
import { SESSION_COOKIE } from '#api/http/session-cookie'
import { PAGE_PARAMETERS } from '#api/http/page-links'
import type { ErrorCode } from '#platform/errors'

export interface ApiDocument {
  openapi: '3.1.1'
  info: Record<'title' | 'version' | 'summary' | 'description', string> & {
    contact: { name: string }
    license: { name: string; identifier: string }
  }
  servers: { url: string; description: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, DocumentedOperation>>
  components: {
    schemas: Record<string, JsonSchema>
    headers: typeof HEADERS
    securitySchemes: Record<string, JsonSchema>
  }
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description: string
  deprecated?: true
  schema: JsonSchema
  example?: unknown
}

export interface DocumentedOperation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  deprecated?: true
  security: Record<string, never[]>[]
  /** A key needs one of them. */
  'x-scopes': readonly string[]
  parameters: Parameter[]
  requestBody?: {
    description: string
    required: true
    content: Record<string, { schema: JsonSchema; example?: unknown }>
  }
  responses: Record<string, DocumentedResponse>
}

export interface DocumentedResponse {
  description: string
  headers: Record<string, HeaderReference>
  content?: Record<string, { schema: JsonSchema; example?: unknown }>
}

const WITH_KEY: ErrorCode[] = [
  'KEY_MISSING',
  'KEYS_SEVERAL',
  'KEY_INVALID',
  'SESSION_EXPIRED',
  'CSRF_REFUSED',
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
  const schemas = buildSchemas()
  const paths: ApiDocument['paths'] = {}
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = name.split(' ')
    paths[path] = { ...paths[path], [method]: describeOperation(method, path, operation, schemas) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hunter',
      version,
      summary: 'What a company runs for e-mail, and how good a lead it is',
      description: GUIDE,
      contact: { name: 'The operator of this service' },
      license: { name: 'All rights reserved', identifier: 'LicenseRef-All-Rights-Reserved' },
    },
    servers: [{ url: '/', description: 'The service that this document comes from' }],
    tags: listTags(Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags))),
    paths,
    components: {
      schemas,
      headers: HEADERS,
      securitySchemes: SECURITY,
    },
  }
}

const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'ETag of an answer that you already have; while it is current, the response is 304 without a body',
  schema: { type: 'string' },
  example: HEADERS.ETag.example,
}

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the request safe to repeat: for 24 hours, the same key with the same request gets the same answer, and the work is done once',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '7d9f2c1e-order-42',
}

const ACCEPT_LANGUAGE: Parameter = {
  name: 'Accept-Language',
  in: 'header',
  required: false,
  description: 'Language of the texts: Turkish or English',
  schema: { type: 'string' },
  example: 'tr',
}

const isPaged = (query: z.ZodMiniObject | undefined) =>
  PAGE_PARAMETERS.some((name) => query !== undefined && name in query.shape)

const FILE = { type: 'string', format: 'binary' }

const FORM = {
  type: 'object',
  properties: { file: { ...FILE, description: 'The file', examples: ['(the bytes of the file)'] } },
  required: ['file'],
}

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key, sent as `Authorization: Bearer <key>`' },
  header: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A key, sent as `X-API-Key: <key>`' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'The cookie that the page signs in with',
  },
}

function describeOperation(
  method: string,
  path: string,
  operation: RoutedOperation,
  schemas: Record<string, JsonSchema>,
): DocumentedOperation {
  const { id, summary, scopes = [], params, query, headers, body, example = {}, status = 200, answer } = operation
  const takesKey = operation.idempotent === true
  const isFile = typeof answer === 'object'
  const isCached = method === 'get' && scopes.length > 0 && answer !== 'text' && !isFile
  return {
    operationId: id,
    summary,
    description: formatDescription(operation),
    tags: [chooseTag(path)],
    ...(operation.deprecated ? { deprecated: true as const } : {}),
    security: scopes.length > 0 ? Object.keys(SECURITY).map((scheme) => ({ [scheme]: [] })) : [],
    'x-scopes': scopes,
    parameters: [
      ...listParameters('path', params, example.params),
      ...listParameters('query', query, example.query),
      ...listParameters('header', headers),
      ...(operation.inLanguage ? [ACCEPT_LANGUAGE] : []),
      ...(isCached ? [IF_NONE_MATCH] : []),
      ...(takesKey ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body ? { requestBody: describeBody(operation, body, example.body) } : {}),
    responses: {
      ...(answer === 'gone'
        ? {}
        : {
            [status]: {
              description: summary,
              headers: documentHeaders([
                ...(isCached ? ['ETag' as const] : []),
                ...(isPaged(query) || operation.deprecated ? ['Link' as const] : []),
                ...(isFile ? ['Content-Disposition' as const] : []),
                ...(takesKey ? ['Idempotency-Replayed' as const] : []),
                ...(operation.hasLocation ? ['Location' as const] : []),
              ]),
              content: describeContent(operation, schemas),
            },
          }),
      ...(isFile && answer.mayBeElsewhere
        ? {
            303: {
              description: 'The file has more than 3 MB: Location is its address in the storage for five minutes',
              headers: documentHeaders(['Location']),
            },
          }
        : {}),
      ...(isCached
        ? {
            304: {
              description: 'Not modified: the answer that If-None-Match names is still current',
              headers: documentHeaders(['ETag']),
            },
          }
        : {}),
      ...describeFailures(listCodes(method, operation)),
    },
  }
}

function formatDescription({ summary, description, scopes, idempotent }: RoutedOperation): string {
  const sentences = [
    description ?? `${summary}.`,
    scopes
      ? `It needs a key with the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`
      : 'It needs no key.',
    idempotent === true ? 'It takes an `Idempotency-Key`.' : '',
    typeof idempotent === 'object' ? `It is safe to repeat without an \`Idempotency-Key\`: ${idempotent.not}.` : '',
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

function listCodes(method: string, { errors = [], idempotent, scopes, takes }: RoutedOperation): ErrorCode[] {
  return [
    ...errors,
    ...(idempotent === true ? WHEN_IDEMPOTENT : []),
    ...(scopes ? WITH_KEY : []),
    ...(scopes && takes !== 'anything' ? listInputCodes(method) : []),
    ...ALWAYS,
  ]
}

/** What is refused even where an operation takes no parameter and no body. */
function listInputCodes(method: string): ErrorCode[] {
  return method === 'get' ? ['VALIDATION_FAILED'] : NOT_JSON
}

function describeBody({ files = [], isForm }: RoutedOperation, body: z.ZodMiniType, example: unknown) {
  const schema = toInputSchema(body)
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined
  for (const [name, property] of Object.entries(properties ?? {})) {
    const value = (example as Record<string, unknown> | undefined)?.[name]
    if (value !== undefined) property['examples'] = [value]
  }
  const description = `A JSON object with ${Object.keys(properties ?? {}).join(', ')}${files.length > 0 ? ', or a file' : ''}${isForm ? ', or a form with them' : ''}`
  const forFiles = files.map((type) => [type, { schema: type.startsWith('multipart/') ? FORM : FILE }])
  const forms = isForm ? FORM_TYPES.map((type) => [type, { schema, example }]) : []
  const content = { 'application/json': { schema, example }, ...Object.fromEntries([...forFiles, ...forms]) }
  return { description, required: true as const, content }
}

interface ParameterSchema {
  description?: string
  examples?: unknown[]
  deprecated?: true
}

function listParameters(place: Parameter['in'], schema?: z.ZodMiniObject, given: Record<string, string> = {}) {
  if (!schema) return []
  const { properties = {}, required = [] } = toInputSchema(schema) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]): Parameter => {
    const { description = '', examples, deprecated, ...rest } = property as ParameterSchema
    const text = given[name]
    const example = text === undefined ? examples?.[0] : property['type'] === 'integer' ? Number(text) : text
    const parameter = { name, in: place, required: required.includes(name), description, schema: rest, example }
    return deprecated ? { ...parameter, deprecated } : parameter
  })
}

function describeContent({ answer, example }: RoutedOperation, schemas: Record<string, JsonSchema>) {
  if (typeof answer === 'object') {
    const describe = (type: string) => ({ schema: FILE, ...(type.startsWith('text/') && { example: example?.text }) })
    return Object.fromEntries(answer.file.map((type) => [type, describe(type)]))
  }
  if (answer === 'text' || answer === 'page') {
    const type = answer === 'text' ? 'text/plain' : 'text/html'
    return { [type]: { schema: { type: 'string' }, example: example?.text } }
  }
  const schema = wrapInEnvelope({ $ref: `#/components/schemas/${answer}` })
  return { 'application/json': { schema, example: buildExample(schema, schemas) } }
}

function wrapInEnvelope(data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['success', 'data', 'message', 'timestamp'],
    properties: {
      success: { const: true, description: 'True: the request succeeded' },
      data,
      message: { type: 'string', description: 'What happened, in words', examples: ['done'] },
      timestamp: {
        type: 'string',
        format: 'date-time',
        description: 'When the service answered',
        examples: ['2026-11-20T09:00:00.000Z'],
      },
    },
  }
}

function buildSchemas(): Record<string, JsonSchema> {
  const all: Record<string, z.ZodMiniType> = { ...ANSWERS, failure, problem }
  return Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, toOutputSchema(schema)]))
}
