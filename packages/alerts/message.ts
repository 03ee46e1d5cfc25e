/** What a channel sends, and how that ended. Each kind of channel has a `SendMessage` of its own; one suite tests them all. */
import type { CHANNEL_KINDS, CHANNEL_LANGUAGES } from '#db/tables'
import type { DigestFacts } from '#alerts/digest/facts'
import type { AlertType } from '#leads/changes/change-types'
import type { Segment } from '#leads/score/segment'

export type ChannelKind = (typeof CHANNEL_KINDS)[number]
export type ChannelLanguage = (typeof CHANNEL_LANGUAGES)[number]

/** A channel with its address and secrets decrypted. */
export interface OpenChannel {
  id: string
  name: string
  kind: ChannelKind
  /** A URL, or an e-mail address. */
  address: string
  /** The secrets that sign a webhook: the current one first, then the previous one while it still counts. */
  secrets: string[]
  language: ChannelLanguage
}

export interface AlertFacts {
  deliveryId: string
  alertId: number
  type: AlertType
  domain: string
  old: string | number | null
  new: string | number | null
  at: Date
  /** null: raised before channels existed. */
  segment: Segment | null
  priority: number | null
  score: number | null
}

export interface Message {
  /** Every attempt of the same message has the same id. */
  id: string
  /** Time of this attempt. */
  at: Date
  /** Empty: a test or a digest. A webhook gets one alert a message. */
  alerts: AlertFacts[]
  digest?: DigestFacts
  /** The reader of a tested e-mail address confirms it with the code. */
  code?: string
}

export type Outcome =
  | {
      kind: 'sent'
      /** HTTP status of the answer; null: the channel has none. */
      status: number | null
      /** What the answer does not promise. */
      note?: string
    }
  | {
      kind: 'failed'
      status: number | null
      /** A sentence that people read: no body, address or secret. */
      reason: string
      /** `retry`: the same may work later. `give-up`: not this message. `disable`: nothing works here any more. */
      next: 'retry' | 'give-up' | 'disable'
      retryAfterMs?: number
    }

/** Never throws for what the other side does. */
export type SendMessage = (channel: OpenChannel, message: Message) => Promise<Outcome>
