/** Addresses of the pages of referrals. */
import { describe, expect, it } from 'vitest'
import { buildFirstPage, resolveNext } from '#referrals/read-page'

const API = 'https://api.partner.microsoft.com'

it('asks for the oldest change first, in the notation of OData', () => {
  expect(buildFirstPage(API, { since: '2026-11-20T08:25:00.000Z', top: 100 })).toBe(
    `${API}/v1.0/engagements/referrals?%24orderby=updatedDateTime%20asc&%24top=100&%24filter=updatedDateTime%20ge%202026-11-20T08%3A25%3A00.000Z`,
  )
})

describe('the link to the next page', () => {
  it('stays as it came, but for the scheme: the sample of Microsoft has http and another path', () => {
    const link = 'api.partner.microsoft.com/v1.0/referrals?$orderby=createdDateTime&$skiptoken=%5B%22a%22%5D'
    expect(resolveNext(`http://${link}`, API)).toBe(`https://${link}`)
    expect(resolveNext(`https://${link}`, API)).toBe(`https://${link}`)
  })

  it.each([[null], [undefined], ['']])('is the last one with %j', (link) => {
    expect(resolveNext(link, API)).toBeNull()
  })

  it.each([
    'https://api.partner.microsoft.com.evil.test/v1.0/referrals',
    'https://evil.test/v1.0/referrals',
    '//evil.test/v1.0/referrals',
    'https://api.partner.microsoft.com@evil.test/v1.0/referrals',
    'https://user:word@api.partner.microsoft.com/v1.0/referrals',
    'https://api.partner.microsoft.com:8443/v1.0/referrals',
    'http://api.partner.microsoft.com:8080/v1.0/referrals',
    'https://api.partner.microsoft.com/v1.0/../admin',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'https://',
  ])('is refused with %s', (link) => {
    expect(() => resolveNext(link, API)).toThrow(expect.objectContaining({ code: 'PARTNER_CENTER_REFUSED' }) as Error)
  })
})
