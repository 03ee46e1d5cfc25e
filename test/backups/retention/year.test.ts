/**
 * Simulates more than a year of nights with a test clock: backups fail; proofs fail, come late or never; clocks change.
 */
import * as fc from '../../support/seeded.ts'
import { expect, test } from 'vitest'
import { type BackupId, createBackupId, getBackupTime } from '#backups/format/backup-id'
import { createCalendar } from '#backups/retention/calendar'
import { RETENTION, type Tier } from '#backups/format/retention-tiers'
import { planRetention, type RetainedBackup } from '#backups/retention/plan'
import { computeDueDate } from '#emulators/s3/lifecycle-plan'
import { isThorough } from '../../support/thorough.ts'

const DAY_MS = 86_400_000
const YEAR_DAYS = 365
const DAYS_OF = Object.fromEntries(RETENTION.map(({ tier, days }) => [tier, days])) as Record<Tier, number>

/** Outcome of a night's backup; a late proof arrives after this many days. */
const outcome = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'proven', afterDays: 0 } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('proven' as const), afterDays: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.constantFrom({ kind: 'no-backup' } as const, { kind: 'disproved' } as const) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'unproven' } as const, { kind: 'incomplete' } as const) },
)
/** Calm, troubled and long dark periods in turn, repeated until the nights are over. */
const nights = fc
  .array(fc.record({ outcome, days: fc.oneof(fc.constant(1), fc.nat(12), fc.nat(90)) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((spells) => spells.flatMap(({ outcome, days }) => Array.from({ length: days }, () => outcome)))
  .filter((outcomes) => outcomes.length > 0)
const year = fc.record({
  timezone: fc.constantFrom('Europe/Istanbul', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca'),
  firstDay: fc.nat(YEAR_DAYS).map((days) => Date.UTC(2026, 0, 1) + days * DAY_MS),
  nights,
  /** Days on which no tags are written. */
  reconcilerRuns: fc.infiniteStream(fc.integer({ min: 0, max: 5 }).map((roll) => roll > 0)),
})

interface Stored extends RetainedBackup {
  provenAtMs: number
}

test('over a year, the newest verified backup stays, each month keeps one for 365 days, and the plan settles', () => {
  const trial = fc.check(
    fc.property(year, ({ timezone, firstDay, nights, reconcilerRuns }) => {
      let stored: Stored[] = []
      const oldestOf = new Map<string, BackupId>() // the oldest backup of each month that was ever verified
      const monthOf = monthsIn(timezone)
      for (let day = 0; day < YEAR_DAYS + 60; day += 1) {
        const now = at3InTheMorning(firstDay + day * DAY_MS, timezone)
        stored = afterLifecycle(stored, now)
        const made = tonight(now, nights[day % nights.length] as Outcome)
        if (made) stored.push(made)
        stored = stored.map((backup) =>
          backup.provenAtMs <= now.getTime() ? { ...backup, state: 'verified' } : backup,
        )
        const verified = stored.filter(({ state }) => state === 'verified').map(({ id }) => id)
        for (const id of verified) {
          const month = monthOf(id)
          if (id < (oldestOf.get(month) ?? 'Z')) oldestOf.set(month, id)
        }
        const newest = verified.at(-1)
        if (reconcilerRuns.next().value) {
          stored = tagged(stored, now, timezone)
          const again = planRetention(stored, { now, timezone }).flatMap(({ changes }) => changes)
          hold(again.length === 0, 'the plan settles')
          const older = stored.filter(
            ({ id, state }) => id < (newest ?? '') && state !== 'unproven' && !isYoung(id, now),
          )
          hold(
            older.every(({ objects }) => objects[0]?.tier),
            'only the newest and the unproved have no tag',
          )
        }
        const last = stored.find(({ id }) => id === newest)
        hold(!newest || (last && !last.objects[0]?.tier), 'the newest verified backup is there and has no tag')
        const months = new Set(verified.map(monthOf))
        for (const [month, oldest] of oldestOf) {
          const isOver = now.getTime() >= getBackupTime(oldest).getTime() + YEAR_DAYS * DAY_MS
          hold(isOver || months.has(month), `a backup of ${month} lives for 365 days`)
        }
      }
    }),
    { numRuns: isThorough ? 8 : 2 },
  )
  expect(fc.defaultReportMessage(trial)).toBeUndefined()
})

/** Every id is requested on each day of its life. */
function monthsIn(timezone: string): (id: BackupId) => string {
  const dayOf = createCalendar(timezone)
  const known = new Map<BackupId, string>()
  return (id) => {
    const month = known.get(id) ?? dayOf(getBackupTime(id)).month
    known.set(id, month)
    return month
  }
}

/** `expect` is slow, and this check runs some hundred thousand times. */
function hold(condition: unknown, promise: string): void {
  if (!condition) throw new Error(`broken: ${promise}`)
}

type Outcome = (typeof nights extends fc.Arbitrary<infer T> ? T : never)[number]

function tonight(now: Date, outcome: Outcome): Stored | undefined {
  if (outcome.kind === 'no-backup') return undefined
  const id = createBackupId(now, 'abcdef')
  const state = outcome.kind === 'disproved' ? 'failed' : outcome.kind === 'incomplete' ? 'incomplete' : 'unproven'
  const provenAtMs = outcome.kind === 'proven' ? now.getTime() + outcome.afterDays * DAY_MS : Infinity
  return { id, of: 'data', state, provenAtMs, objects: [{ key: id, tier: undefined }] }
}

function tagged(stored: Stored[], now: Date, timezone: string): Stored[] {
  const tiers = new Map(planRetention(stored, { now, timezone }).map(({ id, tier }) => [id, tier]))
  return stored.map((backup) => ({ ...backup, objects: [{ key: backup.id, tier: tiers.get(backup.id) }] }))
}

/** Computes expiry as the local bucket does; other tests hold it to its server and to Ceph's. */
function afterLifecycle(stored: Stored[], now: Date): Stored[] {
  return stored.filter(({ id, objects: [object] }) => {
    return object?.tier === undefined || computeDueDate(getBackupTime(id).toISOString(), DAYS_OF[object.tier]) > now
  })
}

function isYoung(id: BackupId, now: Date): boolean {
  return now.getTime() - getBackupTime(id).getTime() < DAY_MS
}

/** Three o'clock local time, at any offset from UTC. */
function at3InTheMorning(dayMs: number, timezone: string): Date {
  const wall = dayMs + 3 * 3_600_000
  const offset = (at: number) => Date.parse(`${new Date(at).toLocaleString('sv', { timeZone: timezone })}Z`) - at
  const guess = wall - offset(wall)
  return new Date(wall - offset(guess))
}
