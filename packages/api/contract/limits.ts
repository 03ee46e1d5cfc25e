/** Says the limits of an operation in words, for the page. The numbers are those of its schemas. */
import type { DocumentedOperation } from '#api/contract/document'
import type { JsonSchema } from '#api/contract/schemas'
import { ADDRESS_REQUESTS_PER_MINUTE, BODY_BYTES_MAX, KEY_REQUESTS_PER_MINUTE } from '#platform/request-limits'

export function listLimits({ security, parameters, requestBody }: DocumentedOperation): string[] {
  const schema = requestBody?.content['application/json']?.schema
  const fields = Object.entries((schema?.['properties'] ?? {}) as Record<string, JsonSchema>)
  const inputs = [...parameters.map(({ name, schema }) => [name, schema] as const), ...fields]
  return [
    security.length > 0
      ? `Requests: ${KEY_REQUESTS_PER_MINUTE} a minute for each key, unless the service or the key has another limit`
      : `Requests: ${ADDRESS_REQUESTS_PER_MINUTE} a minute for each address, unless the service has another limit`,
    ...(schema ? [`Body: at most ${BODY_BYTES_MAX / 2 ** 20} MiB`] : []),
    ...inputs.flatMap(([name, schema]) => formatSizes(schema).map((sizes) => `\`${name}\`: ${sizes}`)),
  ]
}

/** Returns `1 to 100 items, each at most 2,048 characters`, or nothing. */
function formatSizes(schema: JsonSchema): string[] {
  const { minItems, maxItems, items, minLength, maxLength, minimum, maximum, maxProperties } = schema as {
    [name in 'minItems' | 'maxItems' | 'minLength' | 'maxLength' | 'minimum' | 'maximum' | 'maxProperties']?: number
  } & { items?: JsonSchema }
  const each = items ? formatSizes(items).map((sizes) => `, each ${sizes}`) : []
  return [
    ...formatRange(minItems, maxItems, ' items').map((range) => `${range}${each.join('')}`),
    ...formatRange(minLength, maxLength, ' characters'),
    ...formatRange(minimum, maximum, ''),
    ...formatRange(undefined, maxProperties, ' fields'),
  ]
}

function formatRange(min: number | undefined, max: number | undefined, unit: string): string[] {
  if (max === undefined) return []
  const most = max.toLocaleString('en')
  return [min === undefined ? `at most ${most}${unit}` : `${min.toLocaleString('en')} to ${most}${unit}`]
}
