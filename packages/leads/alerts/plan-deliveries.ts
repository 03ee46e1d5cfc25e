/** Decides which alert goes to which channel, and when. Pure. */
import type { CHANNEL_STATES } from '#db/tables'
import type { AlertType } from '#leads/changes/change-types'
import type { Segment } from '#leads/score/segment'
import { findNextHour } from '#platform/local-time'

export interface RaisedAlert {
  id: number
  type: AlertType
  raisedAt: Date
  segment: Segment
  priority: number
}

/** What a channel wants to receive; null: no limit. */
interface Subscription {
  id: string
  state: (typeof CHANNEL_STATES)[number]
  types: readonly string[] | null
  segments: readonly Segment[] | null
  /** The least urgent priority that it wants; 1 is the most urgent. */
  priorityMax: number | null
  /** Hour of the day that alerts wait for; null: they are sent at once. */
  digestHour: number | null
  timezone: string
}

interface PlannedDelivery {
  channelId: string
  alertId: number
  nextAt: Date
}

/** An unverified channel gets nothing but its test message, and a disabled one gets nothing. */
export function planDeliveries(channels: readonly Subscription[], raised: readonly RaisedAlert[]): PlannedDelivery[] {
  const receiving = channels.filter(({ state }) => state === 'active' || state === 'failing')
  return receiving.flatMap((channel) => {
    const findTime = createSchedule(channel)
    return raised
      .filter((alert) => wants(channel, alert))
      .map(({ id, raisedAt }) => ({ channelId: channel.id, alertId: id, nextAt: findTime(raisedAt) }))
  })
}

function wants({ types, segments, priorityMax }: Subscription, { type, segment, priority }: RaisedAlert): boolean {
  return (
    (types === null || types.includes(type)) &&
    (segments === null || segments.includes(segment)) &&
    (priorityMax === null || priority <= priorityMax)
  )
}

/** Returns when an alert is due. A digest hour takes a millisecond to find, and alerts that a batch raised share it. */
function createSchedule({ digestHour, timezone }: Subscription): (raisedAt: Date) => Date {
  if (digestHour === null) return (raisedAt) => raisedAt
  let known = { from: new Date(NaN), next: new Date(NaN) }
  return (raisedAt) => {
    const isKnown = known.from <= raisedAt && raisedAt < known.next
    if (!isKnown) known = { from: raisedAt, next: findNextHour(digestHour, timezone, raisedAt) }
    return known.next
  }
}
