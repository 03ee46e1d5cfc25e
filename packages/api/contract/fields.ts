/** Fields that several resources' answers share, and how a field is described. */
import * as z from 'zod/mini'
import type { ErrorCode } from '#platform/errors'

/** Says what a field means. Text and numbers need an example; enumerations, flags, times and uuids have their own. */
export function describeField<T extends z.ZodMiniType>(schema: T, description: string, example?: z.output<T>): T {
  return schema.check(z.meta({ description, ...(example === undefined ? {} : { examples: [example] }) }))
}

export const time = z.iso.datetime()
export const count = z.int().check(z.gte(0))
export const texts = z.array(z.string())
export const cursor = describeField(
  z.nullable(z.string()),
  'Cursor of the next page; null on the last page',
  'WyIyMDI2LTExLTIwVDA5OjAwOjAwLjAwMDAwMFoiLDQyXQ',
)

/** Errors of every operation that takes a body. */
export const NOT_JSON: ErrorCode[] = ['BODY_NOT_JSON', 'BODY_TYPE_UNSUPPORTED', 'BODY_TOO_LARGE', 'VALIDATION_FAILED']
