/** Where a page of leads ended, as text that callers hand back and need not understand. */
import * as z from 'zod/mini'
import { isStorableTime } from '#db/storable'
import type { LeadSort } from '#leads/list/list-leads'
import { AppError } from '#platform/errors'

export interface Cursor {
  value: number | string | Date
  companyId: number
}

const score = z.int().check(z.gte(0), z.lte(100))
const time = z.iso.datetime().check(z.refine((text: string) => isStorableTime(new Date(text))))
const domain = z.string().check(z.regex(/^[a-z0-9.-]{1,253}$/))
const schemas = { score, scanned_at: time, domain }

const wire = z.tuple([z.string(), z.union([z.string(), z.number()]), z.int().check(z.gte(0))])

export function writeCursor(
  sort: LeadSort,
  row: { score: number; scannedAt: Date; domain: string; companyId: number },
): string {
  const value = { score: row.score, scanned_at: row.scannedAt.toISOString(), domain: row.domain }[columnOf(sort)]
  return Buffer.from(JSON.stringify([sort, value, row.companyId])).toString('base64url')
}

/** @throws AppError VALIDATION_FAILED */
export function readCursor(sort: LeadSort, text: string): Cursor {
  const parsed = z.safeParse(wire, jsonOf(text))
  const [of, value, companyId] = parsed.data ?? []
  if (of !== sort || companyId === undefined || !z.safeParse(schemas[columnOf(sort)], value).success) {
    const fields = [{ field: 'cursor', message: 'must be the next_cursor of a page with the same sort' }]
    throw new AppError('VALIDATION_FAILED', 'cursor does not fit', { details: { fields } })
  }
  return { value: columnOf(sort) === 'scanned_at' ? new Date(String(value)) : (value as string | number), companyId }
}

function columnOf(sort: LeadSort): keyof typeof schemas {
  return sort.replace(/^-/, '') as keyof typeof schemas
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
}
