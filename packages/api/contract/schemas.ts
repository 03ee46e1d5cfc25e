/** Turns the schemas of requests and answers into JSON Schema, and gives each field an example. */
import * as z from 'zod/mini'
import { ANSWERS } from '#api/contract/operations'

export type JsonSchema = Record<string, unknown>

/** Answer schemas that other answers contain: the document refers to them by name. */
const SHARED = new Map<unknown, string>(Object.entries(ANSWERS).map(([name, schema]) => [schema, name]))

export function toInputSchema(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves the default and the examples out when a transform follows; callers still need to see them
      const { def } = zodSchema._zod
      const given = z.globalRegistry.get(zodSchema)?.['examples']
      if (given) jsonSchema.examples = given as JsonSchema[]
      if (def.type === 'default') jsonSchema.default = def.defaultValue
      // a query number is validated as text, but documented as an integer
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern
      addExample(jsonSchema)
    },
  })
  return json
}

/**
 * Drops `additionalProperties: false`, so that a new field breaks no generated client. The tests still reject
 * undocumented fields.
 */
export function toOutputSchema(schema: z.ZodMiniType): JsonSchema {
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
      addExample(jsonSchema)
    },
  })
  return json
}

const FORMATS: Record<string, string> = {
  'date-time': '2026-11-20T09:00:00.000Z',
  uuid: '0190f0a0-0000-7000-8000-000000000000',
}

/** Gives a value that needs no words its example: a flag, a time, a uuid, one of an enumeration, a default. */
function addExample(schema: JsonSchema): void {
  if (schema['examples'] !== undefined || 'const' in schema) return
  const format = FORMATS[String(schema['format'])]
  if (schema['default'] !== undefined) schema['examples'] = [schema['default']]
  else if (Array.isArray(schema['enum'])) schema['examples'] = [schema['enum'][0]]
  else if (schema['type'] === 'boolean') schema['examples'] = [false]
  else if (format !== undefined) schema['examples'] = [format]
}

/** Returns a value of the schema, put together from the examples of its fields. */
export function buildExample(schema: JsonSchema, components: Record<string, JsonSchema>): unknown {
  const build = (inner: unknown) => buildExample(inner as JsonSchema, components)
  const { $ref, examples, anyOf, items, properties, propertyNames, additionalProperties } = schema
  if (typeof $ref === 'string') return build(components[$ref.split('/').at(-1) ?? ''] ?? {})
  if (Array.isArray(examples)) return examples[0]
  if ('const' in schema) return schema['const']
  if (Array.isArray(anyOf)) return build(anyOf.find((one: JsonSchema) => one['type'] !== 'null'))
  if (schema['type'] === 'array') return [build(items)]
  if (schema['type'] !== 'object') return null
  const keys = (propertyNames as JsonSchema | undefined)?.['enum'] as string[] | undefined
  const named = properties ?? Object.fromEntries((keys ?? []).map((key) => [key, additionalProperties]))
  return Object.fromEntries(Object.entries(named).map(([name, inner]) => [name, build(inner)]))
}
