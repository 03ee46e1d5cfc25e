/** What happened in the period of a digest. */
import type { DigestBackup, MOVE_KINDS } from '#db/tables'
import type { AlertType } from '#leads/changes/change-types'
import type { MoveRow } from '#leads/moves/move-log'

/** All of a kind that happened, and the most urgent few. */
export interface Counted<Item> {
  count: number
  top: Item[]
}

export type MoveKind = (typeof MOVE_KINDS)[number]
export type DigestMove = Pick<MoveRow, 'domain' | 'kind' | 'from' | 'to'> & { company: string | null }

export interface DigestLead {
  domain: string
  /** What a list calls the company; null: no list names it. */
  company: string | null
  /** Id of the provider. */
  mailbox: string
  priority: number
  score: number
}

export interface DigestExpiry {
  domain: string
  company: string | null
  /** ISO time in UTC. */
  expiresAt: string
}

export interface DigestAlert {
  domain: string
  old: string | number | null
  new: string | number | null
}

export interface FailedChannel {
  name: string
  state: 'failing' | 'disabled'
  reason: string | null
}

export interface DigestFacts {
  from: Date
  to: Date
  /** IANA name of the channel's time zone. */
  timezone: string
  moves: Counted<DigestMove> & { kinds: { kind: MoveKind; count: number }[] }
  /** Companies that came into the segment Migration and are still there. */
  migration: Counted<DigestLead>
  expiring: Counted<DigestExpiry>
  /** The others by type: what the sections above tell is left out. */
  alerts: (Counted<DigestAlert> & { type: AlertType })[]
  channels: FailedChannel[]
  /** null: the installation has no backups to read. */
  backup: DigestBackup | null
}
