/** The function that the schedule calls: what it measures for the alarms, and when its run counts as failed. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { sql } from 'drizzle-orm'
import { writeReferral } from '#emulators/partner-center/referral'
import { type PartnerCenter, refuseToken, startPartnerCenter } from '#emulators/partner-center/server'
import { stubEnvironment } from '../support/environment.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createPartnerWorld, PARTNER_PEPPER } from '../support/partner-world.ts'
import { TestClock } from '../support/test-clock.ts'

let database: HunterDatabase
let center: PartnerCenter
let run: () => Promise<unknown>
beforeAll(async () => {
  ;[database, center] = await Promise.all([createHunterDatabase(), startPartnerCenter()])
  const env = {
    HUNTER_DATABASE_URL: database.url,
    HUNTER_PARTNER_URL: center.url,
    SST_RESOURCE_App: JSON.stringify({ name: 'hunter', stage: 'local' }),
    SST_RESOURCE_KeyPepper: JSON.stringify({ value: PARTNER_PEPPER }),
  }
  stubEnvironment(env)
  run = (await import('#runtime/referrals')).createReferrals()
})
afterAll(() => Promise.all([database.close(), center.close()]))
beforeEach(() => database.db.execute(sql`delete from partner_center_referrals; delete from partner_center`))

const connect = (daysAgo = 0) =>
  createPartnerWorld(database.db, center, new TestClock(new Date(Date.now() - daysAgo * 86_400_000))).connect()

/** Runs the function once; returns its answer and what it measured. */
async function measure() {
  const lines: string[] = []
  const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(lines.push(String(text))))
  try {
    const answer = await run()
    const metrics = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find((line) => 'SignedOut' in line)
    const { SignedOut, BehindSeconds, Seen, Skipped, Stage } = metrics ?? {}
    return { answer, SignedOut, BehindSeconds: Number(BehindSeconds), Seen, Skipped, Stage }
  } finally {
    write.mockRestore()
    log.mockRestore()
  }
}

it('measures nothing to worry about while there is no sign-in', async () => {
  expect(await measure()).toMatchObject({
    answer: { hold: 'not_connected' },
    SignedOut: 0,
    BehindSeconds: 0,
    Stage: 'local',
  })
})

it('measures what it read, and that it read to the end', async () => {
  await connect(1)
  center.referrals.push(writeReferral({ id: 'a', emails: ['x@gmail.com'], updated: '2026-11-20T08:00:00.0000000Z' }), {
    id: '',
    updatedDateTime: '2026-11-20T08:00:00Z',
  })
  const measured = await measure()
  expect(measured).toMatchObject({ answer: { changed: 1, isComplete: true }, SignedOut: 0, Seen: 2, Skipped: 1 })
  expect(measured.BehindSeconds).toBeLessThan(600)
})

it('rings for a person when Microsoft refuses the sign-in, and is no failed run, because another try cannot help', async () => {
  await connect(1)
  center.traps.nextTokens = [refuseToken('interaction_required', 'AADSTS50076')]
  expect(await measure()).toMatchObject({ answer: null, SignedOut: 1 })
  const later = await measure()
  expect(later).toMatchObject({ answer: { hold: 'sign_in' }, SignedOut: 1 })
  expect(later.BehindSeconds).toBeGreaterThan(86_000)
})
