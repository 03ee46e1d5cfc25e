/** Fields that several resources' answers share. */
import * as z from 'zod/mini'
import type { ErrorCode } from '#platform/errors'

export const time = z.iso.datetime()
export const count = z.int().check(z.gte(0))
export const texts = z.array(z.string())
export const cursor = z.nullable(z.string()).check(z.describe('Cursor of the next page; null on the last page'))

/** Errors of every operation that takes a body. */
export const NOT_JSON: ErrorCode[] = ['BODY_NOT_JSON', 'BODY_TYPE_UNSUPPORTED', 'BODY_TOO_LARGE', 'VALIDATION_FAILED']
