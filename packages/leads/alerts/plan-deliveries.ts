/** Decides which alert goes to which channel, and when. Pure. */
import type { CHANNEL_STATES } from '#db/tables'
import type { AlertType } from '#leads/changes/change-types'
import type { Segment } from '#leads/score/segment'

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
  /** Hour of the daily digest; null: alerts are sent at once. */
  digestHour: number | null
  /** Where the next digest begins; null: the channel has none yet. */
  digestFrom: Date | null
}

interface PlannedDelivery {
  channelId: string
  alertId: number
  nextAt: Date
}

/**
 * An unverified channel gets nothing but its test message, and a disabled one gets nothing. The digest of a channel
 * reads the alerts itself; a channel whose digest has not begun yet gets them at once.
 */
export function planDeliveries(channels: readonly Subscription[], raised: readonly RaisedAlert[]): PlannedDelivery[] {
  const receiving = channels.filter(({ state }) => state === 'active' || state === 'failing')
  return receiving.flatMap((channel) =>
    channel.digestHour !== null && channel.digestFrom !== null
      ? []
      : raised
          .filter((alert) => wants(channel, alert))
          .map(({ id, raisedAt }) => ({ channelId: channel.id, alertId: id, nextAt: raisedAt })),
  )
}

function wants({ types, segments, priorityMax }: Subscription, { type, segment, priority }: RaisedAlert): boolean {
  return (
    (types === null || types.includes(type)) &&
    (segments === null || segments.includes(segment)) &&
    (priorityMax === null || priority <= priorityMax)
  )
}
