import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import type { Database } from '#db/client'
import { formatTime } from '#emulators/partner-center/referral'
import type { PartnerCenter } from '#emulators/partner-center/server'
import { saveConnection } from '#referrals/connection'
import { type SyncDeps, syncReferrals } from '#referrals/sync-referrals'
import { createFakeQueue } from './scan-deps.ts'
import { TestClock } from './test-clock.ts'

export const PARTNER_PEPPER = 'a pepper of tests'
const APP = { tenant: 'contoso.com', clientId: '4990cffe-04e8-4e8b-808a-1175604b879f', clientSecret: 'app secret' }

/** A partner that syncs with the emulator at a clock that waits move. */
export function createPartnerWorld(
  db: Database,
  center: Pick<PartnerCenter, 'url' | 'signIn'>,
  clock = new TestClock('2026-11-20T09:00:00Z'),
) {
  const queue = createFakeQueue()
  const waits: number[] = []
  const deps: SyncDeps = {
    db,
    clock,
    queue,
    secrets: { pepper: PARTNER_PEPPER, randomBytes: (count) => randomBytes(count) },
    urls: { login: center.url, api: center.url },
    newId: v7,
    batchSize: 50,
    overrides: [],
    random: () => 1,
    wait: async (ms) => {
      waits.push(ms)
      clock.advanceMs(ms)
    },
  }
  return {
    deps,
    clock,
    queue,
    waits,
    /** Stores a sign-in; returns its refresh token. */
    connect: async (refreshToken = center.signIn()) => {
      await saveConnection(deps, { app: APP, refreshToken, ownDomains: ['contoso.com'], actor: 'cli' })
      return refreshToken
    },
    sync: (changes: Partial<SyncDeps> = {}, until = new Date(clock.now().getTime() + 90_000)) =>
      syncReferrals({ ...deps, ...changes }, until),
    /** A time of so many minutes ago, as Microsoft writes it. */
    ago: (minutes: number) => formatTime(new Date(clock.now().getTime() - minutes * 60_000)),
  }
}
