import { describe, expect, it } from 'vitest'
import { rescanDomain } from '#scans/scan-domain'
import { refusingUrl } from '../support/stub-redis.ts'
import { FIRMA, hostOf, useScanWorld } from '../support/scan-world.ts'

const world = useScanWorld()
const { instance, client, scan, moveTo, asking } = world

describe('a Redis that is gone or holds rubbish', () => {
  it('makes scans slower but never wrong, and gets no more calls after a few failures', async () => {
    const alone = instance({}, await refusingUrl())
    const first = await scan(alone)
    for (let times = 0; times < 10; times += 1) expect((await scan(alone)).score).toEqual(first.score)
    expect(alone.turnsTaken()).toBe(11)
    expect(alone.counted.filter((each) => each === 'scan error')).toHaveLength(11)
    moveTo('mx.yandex.net')
    world.clock.advanceMs(1_000)
    expect(hostOf((await rescanDomain(alone, FIRMA)).lead)).toBe('mx.yandex.net')
  })

  it.each([
    ['rubbish', () => 'rubbish'],
    ['an empty object', () => ({})],
    [
      'an entry of another shape',
      () => ({ until: Date.parse('2026-11-20T00:30:00Z'), generation: '', value: { at: 5, answers: 'x' } }),
    ],
    [
      'answers of a time to come',
      () =>
        entryOf([
          ['mx firma.com.tr', 'NOERROR', [{ host: 'evil.test', preference: 1 }], null, '2026-11-20T00:20:00.000Z'],
        ]),
    ],
    [
      'answers that are old',
      () =>
        entryOf([
          ['mx firma.com.tr', 'NOERROR', [{ host: 'evil.test', preference: 1 }], null, '2026-11-19T22:59:00.000Z'],
        ]),
    ],
    [
      'records of another kind',
      () => entryOf([['mx firma.com.tr', 'NOERROR', ['evil.test'], null, '2026-11-20T00:00:00.000Z']]),
    ],
    [
      'questions of no kind',
      () => entryOf([['any firma.com.tr', 'NOERROR', ['evil.test'], null, '2026-11-20T00:00:00.000Z']]),
    ],
  ])('%s in every key is ignored and overwritten', async (_, make) => {
    const stored = client()
    for (const kind of ['dns', 'whois', 'scan']) await stored.set(`${kind}:v1:${FIRMA}`, make())
    const lead = await scan()
    expect(hostOf(lead)).toBe('aspmx.l.google.com')
    expect([world.one.turnsTaken(), world.registry.asked.length]).toEqual([1, 1])
    expect(await asking(async () => expect(await scan(world.other)).toEqual(lead))).toEqual([])
  })

  function entryOf(answers: unknown[]) {
    return {
      until: Date.parse('2026-11-20T00:30:00Z'),
      generation: '',
      value: { at: '2026-11-20T00:00:00.000Z', answers },
    }
  }
})
