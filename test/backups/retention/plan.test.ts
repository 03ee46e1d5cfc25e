import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createBackupId, parseBackupId } from '#backups/format/backup-id'
import { computeExpiry, RETENTION, type Tier } from '#backups/format/retention-tiers'
import { planRetention, type RetainedBackup } from '#backups/retention/plan'
import { computeDueDate } from '#emulators/s3/lifecycle-plan'

const NOW = new Date('2026-11-20T12:00:00Z')
const ISTANBUL = { now: NOW, timezone: 'Europe/Istanbul' }

type State = RetainedBackup['state']

/** A backup at the nightly hour of the day, with two objects that carry the tag. */
function backup(day: string, state: State = 'verified', ...tiers: (Tier | undefined)[]): RetainedBackup {
  const id = createBackupId(new Date(`${day}T00:00:00Z`), 'abcdef')
  const [first, second] = tiers.length === 2 ? tiers : [tiers[0], tiers[0]]
  return {
    id,
    of: 'data',
    state,
    objects: [
      { key: `${day}/dump`, tier: first },
      { key: `${day}/manifest`, tier: second },
    ],
  }
}

const plan = (...backups: RetainedBackup[]) =>
  Object.fromEntries(
    planRetention(backups, ISTANBUL).map((decision) => [
      `${decision.id.slice(0, 4)}-${decision.id.slice(4, 6)}-${decision.id.slice(6, 8)}`,
      decision,
    ]),
  )

describe('the tag', () => {
  test('is absent from a single verified backup, which never expires', () => {
    expect(plan(backup('2026-11-18'))['2026-11-18']).toMatchObject({
      action: 'keep',
      tier: undefined,
      expiresAt: undefined,
      changes: [],
      reason: 'the newest verified backup never expires',
    })
  })

  test('is set on every object of a backup once a newer one is verified', () => {
    const decided = plan(backup('2026-11-18'), backup('2026-11-19'))
    expect(decided['2026-11-18']).toMatchObject({
      action: 'tag',
      tier: 'monthly',
      changes: ['2026-11-18/dump', '2026-11-18/manifest'],
      reason: 'the first verified backup of 2026-11',
    })
    expect(decided['2026-11-19']).toMatchObject({ action: 'keep', tier: undefined })
  })

  test.each<State>(['failed', 'unproven', 'unreadable', 'incomplete'])(
    'is not set because of a newer backup that is %s',
    (state) => {
      const decided = plan(backup('2026-11-18'), backup('2026-11-19', state))
      expect(Object.values(decided).map(({ action, tier }) => ({ action, tier }))).toEqual([
        { action: 'keep', tier: undefined },
        { action: 'keep', tier: undefined },
      ])
    },
  )

  test('is completed after an interruption between two objects', () => {
    const decided = plan(backup('2026-11-18', 'verified', 'monthly', undefined), backup('2026-11-19'))
    expect(decided['2026-11-18']).toMatchObject({ action: 'tag', tier: 'monthly', changes: ['2026-11-18/manifest'] })
  })

  test('is removed if the newer backup turns out to be bad: the newest verified backup has none', () => {
    const decided = plan(backup('2026-11-18', 'verified', 'daily'), backup('2026-11-19', 'failed'))
    expect(decided['2026-11-18']).toMatchObject({ action: 'untag', tier: undefined, changes: { length: 2 } })
  })
})

describe('the tier', () => {
  test('is monthly for the first of a month, else weekly for the first since Sunday, else daily', () => {
    const days = ['10-30', '10-31', '11-01', '11-02', '11-07', '11-08', '11-09', '11-19']
    const decided = plan(...days.map((day) => backup(`2026-${day}`)))
    expect(Object.entries(decided).map(([day, { tier }]) => [day, tier])).toEqual([
      ['2026-11-19', undefined],
      ['2026-11-09', 'daily'],
      ['2026-11-08', 'weekly'],
      ['2026-11-07', 'daily'],
      ['2026-11-02', 'daily'],
      ['2026-11-01', 'monthly'],
      ['2026-10-31', 'daily'],
      ['2026-10-30', 'monthly'],
    ])
  })

  test('ignores backups that are not verified', () => {
    const decided = plan(backup('2026-11-01', 'failed'), backup('2026-11-02', 'unproven'), ...nightly(3, 5))
    expect(decided['2026-11-01']).toMatchObject({ tier: 'daily', reason: 'its proof failed; a newer one is verified' })
    expect(decided['2026-11-02']).toMatchObject({ action: 'keep', tier: undefined })
    expect(decided['2026-11-03']).toMatchObject({ tier: 'monthly' })
    expect(decided['2026-11-04']).toMatchObject({ tier: 'daily' })
  })

  test('is never shortened, so a late proof leads to a second monthly backup', () => {
    const decided = plan(backup('2026-11-01'), backup('2026-11-02', 'verified', 'monthly'), backup('2026-11-03'))
    expect(decided['2026-11-01']).toMatchObject({ action: 'tag', tier: 'monthly' })
    expect(decided['2026-11-02']).toMatchObject({
      action: 'keep',
      tier: 'monthly',
      reason: 'tagged monthly before; a further verified backup of the week of 2026-11-01',
    })
  })

  test('is lengthened if the first backup of the month is gone', () => {
    const rest = [backup('2026-11-02', 'verified', 'daily'), backup('2026-11-03')]
    expect(plan(backup('2026-11-01', 'failed', 'monthly'), ...rest)['2026-11-02']).toMatchObject({
      action: 'tag',
      tier: 'monthly',
    })
  })
})

describe('a folder without a complete backup', () => {
  test('stays for a day if it has a dump and no manifest, then expires like a daily backup', () => {
    const half = (time: string): RetainedBackup => ({
      id: parseBackupId(`${time}Z-abcdef`),
      of: 'data',
      state: 'incomplete',
      objects: [{ key: 'dump', tier: undefined }],
    })
    const decided = planRetention([half('20261119T120001'), half('20261119T110000'), backup('2026-11-20')], ISTANBUL)
    expect(decided.map(({ action, tier }) => ({ action, tier }))).toEqual([
      { action: 'keep', tier: undefined },
      { action: 'keep', tier: undefined },
      { action: 'tag', tier: 'daily' },
    ])
  })

  test('stays unchanged if its manifest is unreadable, because a newer Hunter may have written it', () => {
    const decided = plan(backup('2026-11-01', 'unreadable'), backup('2026-11-19'))
    expect(decided['2026-11-01']).toMatchObject({ action: 'keep', tier: undefined })
  })
})

test('a backup of settings alone does not let an older backup of data expire', () => {
  const settings: RetainedBackup = { ...backup('2026-11-19'), of: 'settings' }
  expect(plan(backup('2026-11-18'), settings)).toMatchObject({
    '2026-11-18': { action: 'keep', tier: undefined },
    '2026-11-19': { action: 'keep', tier: undefined },
  })
})

describe('a wrong clock', () => {
  test('that dated a backup in the future removes nothing, and that backup stays with this reason', () => {
    const decided = plan(backup('2031-01-01', 'verified', 'daily'), backup('2026-11-18'), backup('2026-11-19'))
    expect(decided['2031-01-01']).toMatchObject({
      action: 'untag', // S3 would count its days from its making
      tier: undefined,
      reason: 'stamped 1,503 days ahead of now: retention ignores it, and it stays until you remove it',
    })
    expect(decided['2026-11-19']).toMatchObject({ reason: 'the newest verified backup never expires', tier: undefined })
    expect(decided['2026-11-18']).toMatchObject({ action: 'tag', tier: 'monthly' })
    expect(plan(backup('2031-01-01'), backup('2026-11-19'))['2026-11-19']).toMatchObject({ action: 'keep' })
  })

  test.each<State>(['failed', 'unproven', 'unreadable', 'incomplete'])(
    'keeps a backup from the future that is %s, too',
    (state) => {
      expect(plan(backup('2031-01-01', state), backup('2026-11-19'))['2031-01-01']).toMatchObject({ action: 'keep' })
    },
  )

  test('that went back does not harm a backup made under it, whose number is the highest', () => {
    const numbered = (day: string, sequence: number) => ({ ...backup(day), sequence })
    const reset = plan(numbered('2026-11-18', 1), numbered('2026-11-19', 2), numbered('2024-01-01', 3))
    expect(reset['2024-01-01']).toMatchObject({ action: 'keep', reason: 'the newest verified backup never expires' })
    expect(reset['2026-11-19']).toMatchObject({ tier: 'daily' })
    const displaced = plan(numbered('2026-11-19', 2), numbered('2024-01-01', 3), numbered('2026-11-20', 4))
    // counted from the day of the backup before it, and not from 2024
    expect(displaced['2024-01-01']).toMatchObject({
      tier: 'daily',
      expiresAt: computeExpiry('daily', new Date('2026-11-19')),
    })
  })

  test('that is far behind on the planning machine removes nothing, because every backup is from its future', () => {
    const then = { ...ISTANBUL, now: new Date('2024-01-01T00:00:00Z') }
    const decided = planRetention([backup('2026-10-01', 'verified', 'daily'), backup('2026-11-19')], then)
    expect(decided.map(({ action, tier }) => [action, tier])).toEqual([
      ['keep', undefined],
      ['untag', undefined],
    ])
  })
})

describe('the pin of a safety backup', () => {
  const pinned = (day: string, until: string, state: State = 'verified', ...tiers: Tier[]) => ({
    ...backup(day, state, ...tiers),
    pinned: { reason: 'taken before a restore', until: new Date(`${until}T00:00:00Z`) },
  })

  test('lasts until its day, whatever is verified later', () => {
    const decided = plan(pinned('2026-10-22', '2026-11-21'), backup('2026-11-18'), backup('2026-11-19'))
    expect(decided['2026-10-22']).toMatchObject({
      action: 'keep',
      tier: undefined,
      reason: 'pinned until 2026-11-21 at least: taken before a restore',
    })
  })

  test('ends after that, and the backup expires like a daily one once a newer one is verified', () => {
    const decided = plan(pinned('2026-10-20', '2026-11-19'), backup('2026-11-19'))
    expect(decided['2026-10-20']).toMatchObject({
      action: 'tag',
      tier: 'daily',
      reason: 'its pin has ended (taken before a restore); a newer one is verified',
    })
    expect(plan(backup('2026-10-19'), pinned('2026-10-20', '2026-11-19'))['2026-10-20']).toMatchObject({
      action: 'keep',
      tier: undefined,
      reason: 'verified; no newer one is verified',
    })
    expect(plan(pinned('2026-10-20', '2026-11-19', 'unproven'), backup('2026-11-19'))['2026-10-20']?.action).toBe(
      'keep',
    )
  })

  test('does not count: the last good backup and the first of a month are regular ones', () => {
    const decided = plan(pinned('2026-11-01', '2026-12-01'), backup('2026-11-02'), pinned('2026-11-19', '2026-12-19'))
    expect(decided['2026-11-02']).toMatchObject({ reason: 'the newest verified backup never expires', tier: undefined })
    const later = plan(pinned('2026-11-01', '2026-12-01'), backup('2026-11-02'), backup('2026-11-03'))
    expect(later['2026-11-02']).toMatchObject({ tier: 'monthly', reason: 'the first verified backup of 2026-11' })
  })

  test('protects a backup that already has a tag', () => {
    const decided = plan(pinned('2026-10-22', '2026-11-21', 'verified', 'daily'), backup('2026-11-19'))
    expect(decided['2026-10-22']).toMatchObject({ action: 'untag', tier: undefined })
  })
})

test('lists what the next lifecycle run removes', () => {
  const decided = plan(
    backup('2026-10-19', 'verified', 'daily'),
    backup('2026-10-21', 'verified', 'daily'),
    backup('2026-11-19'),
  )
  expect(decided['2026-10-19']).toMatchObject({ action: 'tag', tier: 'monthly' })
  const old = plan(
    ...[18, 19, 20].map((day) => backup(`2026-10-${day}`, 'verified', day === 18 ? 'monthly' : 'daily')),
    backup('2026-11-19'),
  )
  expect(old['2026-10-19']).toMatchObject({ action: 'remove', expiresAt: new Date('2026-11-19T00:00:00Z') })
  expect(old['2026-10-20']).toMatchObject({ action: 'remove', expiresAt: new Date('2026-11-20T00:00:00Z') })
})

test('keeps backups for the days that the guide promises', () => {
  const [daily, weekly, monthly] = RETENTION.map(({ days }) => days)
  const promise = `a daily backup for ${daily} days, the first verified backup of a week for ${weekly} and of a month for ${monthly},`
  expect(readFileSync('docs/standalone.md', 'utf8')).toContain(promise)
})

test('computes the end of a tier as the bucket does', () => {
  for (const { tier, days } of RETENTION)
    for (const at of ['2026-11-20T00:00:00.000Z', '2026-11-20T00:00:00.001Z', '2026-11-20T23:59:59.999Z'])
      expect(computeExpiry(tier, new Date(at))).toEqual(computeDueDate(at, days))
})

function nightly(from: number, to: number): RetainedBackup[] {
  return Array.from({ length: to - from + 1 }, (_, at) => backup(`2026-11-${String(from + at).padStart(2, '0')}`))
}
