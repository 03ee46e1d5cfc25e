/** Validates bodies and queries before a handler sees them. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import { requireJsonType } from '#api/http/body-type'
import type { ApiEnv } from '#api/http/context'
import { parseJson } from '#api/http/parse-json'
import { AppError } from '#platform/errors'
import { BODY_BYTES_MAX } from '#platform/request-limits'

/** Highest number of fields that one answer names. */
const FIELDS_MAX = 100

/** @throws AppError BODY_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_JSON, VALIDATION_FAILED */
export async function parseBody<T extends z.ZodMiniType>(c: Context<ApiEnv>, schema: T): Promise<z.output<T>> {
  requireJsonType(c)
  return validateInput(schema, parseJson(await readBytes(c)))
}

/** Reads the raw body; can be called again for the same request. @throws AppError BODY_TOO_LARGE */
export async function readBytes(c: Context<ApiEnv>, bytesMax = BODY_BYTES_MAX): Promise<Uint8Array> {
  const announced = Number(c.req.header('Content-Length') ?? 0)
  if (announced > bytesMax) throw tooLarge(announced, bytesMax)
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength > bytesMax) throw tooLarge(bytes.byteLength, bytesMax)
  return new Uint8Array(bytes)
}

/** @throws AppError VALIDATION_FAILED */
export function parseQuery<T extends z.ZodMiniType>(c: Context<ApiEnv>, schema: T): z.output<T> {
  const given = new URL(c.req.url).searchParams
  const names = [...new Set(given.keys())]
  const fields = names
    .filter((name) => given.getAll(name).length > 1)
    .map((name) => ({ field: name.slice(0, 100), message: 'must appear only once' }))
  if (fields.length > 0) {
    const details = { fields: fields.slice(0, FIELDS_MAX) }
    throw new AppError('VALIDATION_FAILED', 'the query repeats a parameter', { details })
  }
  return validateInput(schema, Object.fromEntries(given))
}

/** @throws AppError VALIDATION_FAILED with the name of each invalid field */
export function validateInput<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  const fields = dropRepeated(parsed.error.issues.flatMap((issue) => toFieldErrors(issue, schema))).slice(0, FIELDS_MAX)
  throw new AppError('VALIDATION_FAILED', 'some fields are invalid', { details: { fields } })
}

interface FieldError {
  field: string
  message: string
}

/** Keeps the first message of each field: a value of the wrong type fails the checks of its length as well. */
function dropRepeated(errors: FieldError[]): FieldError[] {
  const named = new Set<string>()
  return errors.filter(({ field }) => !named.has(field) && named.add(field))
}

function toFieldErrors(issue: z.core.$ZodIssue, schema: z.core.$ZodType): FieldError[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const message = `is not a known field${nameKnownFields(schema, issue.path)}`
    return issue.keys.map((key) => ({ field: [...path, key.slice(0, 100)].join('.'), message }))
  }
  if (issue.code === 'invalid_union') return toUnionErrors(issue, schema)
  // every other schema has messages of its own
  if (path.length === 0 && issue.code === 'invalid_type') return [{ field: 'body', message: 'must be a JSON object' }]
  return [{ field: path.join('.') || 'body', message: issue.message }]
}

/** Empty when the schema at the path is not one object: alternatives of a union have fields of their own. */
function nameKnownFields(schema: z.core.$ZodType, path: PropertyKey[]): string {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if ('innerType' in def) return nameKnownFields(def.innerType, path)
  const [step, ...rest] = path
  if (def.type === 'array' && step !== undefined) return nameKnownFields(def.element, rest)
  if (def.type !== 'object') return ''
  const inner = step === undefined ? undefined : def.shape[String(step)]
  if (inner) return nameKnownFields(inner, rest)
  const names = Object.keys(def.shape)
  return names.length > 0 ? `; the known ones are ${names.join(', ')}` : '; this request takes none'
}

/** The alternative that got furthest into the value says what is wrong with it; the union itself, when none got in. */
function toUnionErrors(issue: z.core.$ZodIssueInvalidUnion, schema: z.core.$ZodType): FieldError[] {
  const getDepth = (issues: z.core.$ZodIssue[]) => issues[0]?.path.length ?? 0
  const [deepest = []] = issue.errors.toSorted((one, other) => getDepth(other) - getDepth(one))
  if (getDepth(deepest) === 0) return [{ field: issue.path.map(String).join('.') || 'body', message: issue.message }]
  return deepest.flatMap((inner) => toFieldErrors({ ...inner, path: [...issue.path, ...inner.path] }, schema))
}

function tooLarge(bytes: number, bytesMax: number): AppError {
  return new AppError('BODY_TOO_LARGE', 'the body is too large', { details: { bytes, bytes_max: bytesMax } })
}
