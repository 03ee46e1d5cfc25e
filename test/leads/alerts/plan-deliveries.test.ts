import { describe, expect, it } from 'vitest'
import { planDeliveries, type RaisedAlert } from '#leads/alerts/plan-deliveries'
import { ALERT_TYPES } from '#leads/changes/change-types'
import { SEGMENTS } from '#leads/score/segment'
import * as fc from '../../support/seeded.ts'

type Subscription = Parameters<typeof planDeliveries>[0][number]

const ALERT: RaisedAlert = {
  id: 1,
  type: 'dmarc_removed',
  raisedAt: new Date('2026-11-20T12:00:00Z'),
  segment: 'Migration',
  priority: 2,
}
const CHANNEL: Subscription = {
  id: 'channel',
  state: 'active',
  types: null,
  segments: null,
  priorityMax: null,
  digestHour: null,
  digestFrom: null,
}

const gets = (channel: Partial<Subscription>, alert: Partial<RaisedAlert> = {}) =>
  planDeliveries([{ ...CHANNEL, ...channel }], [{ ...ALERT, ...alert }]).length === 1

describe('a channel', () => {
  it.each<[string, Partial<Subscription>, Partial<RaisedAlert>, boolean]>([
    ['without filters gets everything', {}, {}, true],
    ['gets a kind that it wants', { types: ['mx_changed', 'dmarc_removed'] }, {}, true],
    ['does not get another kind', { types: ['mx_changed'] }, {}, false],
    ['that wants no kind gets nothing', { types: [] }, {}, false],
    ['gets alerts of a segment that it wants', { segments: ['Migration'] }, {}, true],
    ['gets none of another segment', { segments: ['Existing', 'Cold'] }, {}, false],
    ['gets the least urgent priority that it wants', { priorityMax: 2 }, {}, true],
    ['does not get a less urgent one', { priorityMax: 2 }, { priority: 3 }, false],
    ['must want all of it: kind, segment and priority', { types: ['dmarc_removed'], segments: ['Cold'] }, {}, false],
    ['gets alerts while its messages fail: they are tried later', { state: 'failing' }, {}, true],
    ['that is unverified gets nothing', { state: 'unverified' }, {}, false],
    ['that is disabled gets nothing', { state: 'disabled' }, {}, false],
    ['gets nothing by itself that its digest tells', { digestHour: 8, digestFrom: ALERT.raisedAt }, {}, false],
    ['gets everything at once until its digest begins', { digestHour: 8 }, {}, true],
    ['that left the digest gets everything at once', { digestFrom: ALERT.raisedAt }, {}, true],
  ])('%s', (_name, channel, alert, expected) => {
    expect(gets(channel, alert)).toBe(expected)
  })

  it('gets an alert at most once, whatever its filters and the other channels are', () => {
    const subset = <T>(values: readonly T[]) => fc.option(fc.subarray([...values]))
    const channels = fc.array(
      fc.record({
        state: fc.constantFrom('unverified', 'active', 'failing', 'disabled'),
        types: subset(ALERT_TYPES),
        segments: subset(SEGMENTS),
        priorityMax: fc.option(fc.integer({ min: 1, max: 7 })),
        digestHour: fc.option(fc.integer({ min: 0, max: 23 })),
        digestFrom: fc.option(fc.constant(new Date('2026-11-20T05:00:00Z'))),
      }),
      { maxLength: 5 },
    )
    const alerts = fc.array(
      fc.record({
        type: fc.constantFrom(...ALERT_TYPES),
        segment: fc.constantFrom(...SEGMENTS),
        priority: fc.integer({ min: 1, max: 7 }),
      }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(channels, alerts, (some, raised) => {
        const subscribed = some.map((channel, n) => ({ ...CHANNEL, ...channel, id: `channel ${n}` }))
        const planned = planDeliveries(
          subscribed,
          raised.map((alert, id) => ({ ...ALERT, ...alert, id })),
        )
        const pairs = planned.map(({ channelId, alertId }) => `${channelId} ${alertId}`)
        expect(new Set(pairs).size).toBe(pairs.length)
        for (const { nextAt } of planned) expect(nextAt).toEqual(ALERT.raisedAt)
      }),
      { numRuns: 50 },
    )
  })
})
