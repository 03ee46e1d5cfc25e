/** Pages of the list of referrals. */
import { randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { request } from '#referrals/request'
import type { SignInDeps } from '#referrals/sign-in'

export interface ReferralPage {
  /** As they came. */
  rows: unknown[]
  /** null: the last page. */
  next: string | null
}

/** Thrown for an access token that ended, or that Partner Center does not take. */
export class AccessEnded extends AppError {}

/** Returns the address of the first page: the referrals that changed from `since` on, the oldest change first. */
export function buildFirstPage(api: string, { since, top }: { since?: string | undefined; top: number }): string {
  const query = {
    $orderby: 'updatedDateTime asc',
    $top: String(top),
    ...(since !== undefined && { $filter: `updatedDateTime ge ${since}` }),
  }
  const url = new URL('/v1.0/engagements/referrals', api)
  // a plus sign for a space is the custom of forms, not of OData
  url.search = new URLSearchParams(query).toString().replaceAll('+', '%20')
  return url.href
}

const pageSchema = z.object({
  value: z.array(z.unknown()).check(z.maxLength(1_000)),
  '@odata.nextLink': z.nullish(z.string()),
})
const errorSchema = z.object({ error: z.object({ code: z.string() }) })

/** @throws AccessEnded; AppError PARTNER_CENTER_REFUSED, PARTNER_CENTER_UNAVAILABLE */
export async function readPage(deps: SignInDeps, access: string, url: string, until: Date): Promise<ReferralPage> {
  const headers = () => ({
    authorization: `Bearer ${access}`,
    accept: 'application/json',
    'client-request-id': randomUUID(),
  })
  const { status, json } = await request(deps, { url, method: 'GET', headers, until })
  if (status === 401) throw new AccessEnded('PARTNER_CENTER_REFUSED', 'Partner Center refuses the access token (401)')
  const page = z.safeParse(pageSchema, json)
  if (status === 200 && page.success)
    return { rows: page.data.value, next: resolveNext(page.data['@odata.nextLink'], deps.urls.api) }
  throw refuse(status, json)
}

function refuse(status: number, json: unknown): AppError {
  const { data } = z.safeParse(errorSchema, json)
  const code = data && /^\w{1,60}$/.test(data.error.code) ? ` (${data.error.code})` : ''
  const what = status === 200 ? 'Partner Center answered no list' : `Partner Center answered ${status}${code}`
  return new AppError('PARTNER_CENTER_REFUSED', what)
}

/**
 * Returns the next page as Partner Center names it, on our own origin alone. Microsoft's sample has `http` and another path;
 * only the scheme is put right. @throws AppError PARTNER_CENTER_REFUSED for any other place
 */
export function resolveNext(link: string | null | undefined, api: string): string | null {
  if (link === null || link === undefined || link === '') return null
  const origin = new URL(api)
  const next = URL.parse(link, api)
  if (next?.protocol === 'http:' && origin.protocol === 'https:' && next.port === '') next.protocol = 'https:'
  const isOurs = next?.origin === origin.origin && next.username === '' && next.pathname.startsWith('/v1.0/')
  if (!next || !isOurs) throw new AppError('PARTNER_CENTER_REFUSED', 'the next page of the list is at another place')
  return next.href
}
