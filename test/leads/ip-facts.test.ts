import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ipFacts } from '#db/tables'
import { createIpFactsStore, IP_FACTS_TTL_MS } from '#leads/ip-facts'
import { silentLog } from '#platform/log'
import type { IpFacts } from '#signals/signals'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { recordingLog } from '../support/recording-log.ts'
import { TestClock } from '../support/test-clock.ts'

const V4: IpFacts = { ip: '8.8.8.8', source: 'mx-ip', country: 'US', asn: 4_294_967_295, asName: 'GOOGLE' }
const V6: IpFacts = { ip: '2606:4700:4700::1111', source: 'root-ip', country: null, asn: null, asName: null }

let database: HunterDatabase
let clock: TestClock

beforeAll(async () => {
  database = await createHunterDatabase()
})

afterAll(() => database.close())

beforeEach(async () => {
  clock = new TestClock()
  await database.db.delete(ipFacts)
})

const create = () => createIpFactsStore({ db: database.db, clock, log: silentLog })

describe('facts about addresses', () => {
  it('are read exactly as they were saved', async () => {
    await create().save([V4, V6])
    expect(await create().find([V6.ip])).toEqual([V6])
    expect(await create().find([V4.ip, V6.ip, '1.1.1.1'])).toEqual(expect.arrayContaining([V4, V6]))
    expect(await create().find([])).toEqual([])
  })

  it('are replaced by newer ones', async () => {
    await create().save([V4])
    await create().save([{ ...V4, asn: 15_169, asName: 'Google\0LLC' }])
    expect(await create().find([V4.ip])).toEqual([{ ...V4, asn: 15_169, asName: 'Google\uFFFDLLC' }])
  })

  it('are returned for 365 days, and then deleted', async () => {
    await create().save([V4])
    clock.advanceMs(IP_FACTS_TTL_MS)
    expect(await create().find([V4.ip])).toEqual([V4])
    clock.advanceMs(1)
    expect(await create().find([V4.ip])).toEqual([])
    await create().save([V6])
    const rows = await database.db.select({ ip: ipFacts.ip }).from(ipFacts)
    expect(rows).toEqual([{ ip: V6.ip }])
  })

  it('can be saved by many scans at once', async () => {
    const facts = Array.from({ length: 20 }, (_, index): IpFacts => ({ ...V4, ip: `8.8.8.${index}` }))
    const log = recordingLog()
    const store = createIpFactsStore({ db: database.db, clock, log })
    await Promise.all(Array.from({ length: 10 }, (_, at) => store.save(at % 2 ? facts : facts.toReversed())))
    expect(await store.find(facts.map(({ ip }) => ip))).toHaveLength(20)
    expect(log.lines).toEqual([])
  })

  it('do not fail a scan if the database refuses them', async () => {
    const log = recordingLog()
    const store = createIpFactsStore({ db: database.db, clock, log })
    expect(await store.find(['nonsense'])).toEqual([])
    await store.save([{ ...V4, ip: 'nonsense' }])
    expect(log.lines).toHaveLength(2)
  })
})
