import { describe, expect, it } from 'vitest'
import { computeDueDate, computeExpiry, planLifecycle } from '#emulators/s3/lifecycle-plan'
import { type LifecycleRule, parseLifecycle } from '#emulators/s3/lifecycle-rules'
import type { Version } from '#emulators/s3/model'

const version = (change: Partial<Version> = {}): Version => ({
  key: 'k',
  versionId: 'null',
  sequence: 1,
  lastModified: '2026-01-15T10:30:00.000Z',
  deleteMarker: false,
  etag: '""',
  sizeBytes: 10,
  segments: [],
  headers: {},
  metadata: {},
  tags: [],
  ...change,
})

const rule = (change: Partial<LifecycleRule> = {}): LifecycleRule => ({
  id: 'rule',
  enabled: true,
  filter: { prefix: '', tags: [] },
  expiredObjectDeleteMarker: false,
  ...change,
})

const plan = (rules: LifecycleRule[], versions: Version[], now: string) =>
  planLifecycle(rules, { versionsOfKeys: [versions], uploads: [] }, new Date(now)).map((action) => action.kind)

describe('what lifecycle rules do, and when', () => {
  it.each([
    ['2026-01-15T10:30:00Z', 3, '2026-01-19T00:00:00.000Z'],
    ['2026-01-15T23:59:59Z', 1, '2026-01-17T00:00:00.000Z'],
    ['2026-02-28T00:00:01Z', 1, '2026-03-02T00:00:00.000Z'],
  ])('rounds %s and %i days up to the next midnight UTC', (since, days, due) => {
    expect(computeDueDate(since, days).toISOString()).toBe(due)
  })

  it('acts at that midnight and not a moment earlier', () => {
    const rules = [rule({ expiration: { days: 3 } })]
    expect(plan(rules, [version()], '2026-01-18T23:59:59.999Z')).toEqual([])
    expect(plan(rules, [version()], '2026-01-19T00:00:00.000Z')).toEqual(['expire'])
  })

  it('takes the earliest of the rules that apply', () => {
    const rules = [
      rule({ id: 'late', expiration: { days: 30 } }),
      rule({ id: 'early', expiration: { days: 1 } }),
      rule({ id: 'off', enabled: false, expiration: { days: 0 } }),
      rule({ id: 'dated', expiration: { date: new Date('2026-06-01T00:00:00Z') } }),
    ]
    expect(computeExpiry(rules, version())).toEqual({ at: new Date('2026-01-17T00:00:00Z'), rule: 'early' })
    expect(computeExpiry(rules, version({ deleteMarker: true }))).toBeUndefined()
  })

  it('wants every tag of a filter, and the size in its bounds', () => {
    const tags = [
      { key: 'expire', value: 'daily' },
      { key: 'kind', value: 'dump' },
    ]
    const rules = [
      rule({ filter: { prefix: 'k', tags, sizeGreaterThan: 9, sizeLessThan: 11 }, expiration: { days: 1 } }),
    ]
    const late = '2030-01-01T00:00:00Z'
    expect(plan(rules, [version({ tags })], late)).toEqual(['expire'])
    expect(plan(rules, [version({ tags: tags.slice(0, 1) })], late)).toEqual([])
    expect(plan(rules, [version({ tags, sizeBytes: 9 })], late)).toEqual([])
    expect(plan(rules, [version({ tags, sizeBytes: 11 })], late)).toEqual([])
    expect(plan(rules, [version({ tags, key: 'other' })], late)).toEqual([])
  })

  it('counts the age of an old version from the one that replaced it, and keeps the newest of them', () => {
    const versions = ['2026-05-01', '2026-04-01', '2026-03-01'].map((day, index) =>
      version({ versionId: `v${index}`, lastModified: `${day}T12:00:00.000Z` }),
    )
    const noncurrent = (newerVersionsKept: number) => [rule({ noncurrent: { days: 10, newerVersionsKept } })]
    // v2 was replaced in April, v1 in May.
    expect(plan(noncurrent(0), versions, '2026-05-02T00:00:00Z')).toEqual(['erase'])
    expect(plan(noncurrent(0), versions, '2026-05-12T00:00:00Z')).toEqual(['erase', 'erase'])
    expect(plan(noncurrent(1), versions, '2026-05-12T00:00:00Z')).toEqual(['erase'])
    expect(plan(noncurrent(2), versions, '2026-05-12T00:00:00Z')).toEqual([])
  })

  it('removes a delete marker only when nothing is below it', () => {
    const rules = [rule({ expiredObjectDeleteMarker: true })]
    const marker = version({ versionId: 'm', deleteMarker: true })
    expect(plan(rules, [marker, version()], '2030-01-01T00:00:00Z')).toEqual([])
    expect(plan(rules, [marker], '2026-01-15T10:30:01Z')).toEqual(['erase'])
  })

  it('gives a configuration back as it came, with an id where it had none', () => {
    const xml =
      '<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix>a&amp;b</Prefix></Filter>' +
      '<Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>'
    const parsed = parseLifecycle(xml)
    expect(parsed.rules).toMatchObject([{ filter: { prefix: 'a&b', tags: [] }, expiration: { days: 3 } }])
    expect(parseLifecycle(parsed.xml)).toEqual(parsed)
    expect(parsed.xml).toContain('<Status>Enabled</Status><Filter><Prefix>a&amp;b</Prefix></Filter>')
  })

  it('refuses transitions, which nothing here would carry out', () => {
    const xml =
      '<LifecycleConfiguration><Rule><ID>t</ID><Status>Enabled</Status><Filter/><Transition><Days>1</Days>' +
      '<StorageClass>GLACIER_IR</StorageClass></Transition></Rule></LifecycleConfiguration>'
    expect(() => parseLifecycle(xml)).toThrow('Transitions are not implemented')
  })
})
