/** Decides what a digest says. Pure. Every form of a digest, for people and for programs, is written from its result. */
import type {
  Counted,
  DigestAlert,
  DigestExpiry,
  DigestFacts,
  DigestLead,
  DigestMove,
  FailedChannel,
  MoveKind,
} from '#alerts/digest/facts'
import type { DigestCounts } from '#db/tables'
import type { AlertType } from '#leads/changes/change-types'

export type DigestSection =
  | ({ name: 'moves'; kinds: { kind: MoveKind; count: number }[] } & Counted<DigestMove>)
  | ({ name: 'migration' } & Counted<DigestLead>)
  | ({ name: 'expiring' } & Counted<DigestExpiry>)
  | ({ name: 'alerts'; type: AlertType } & Counted<DigestAlert>)
  | ({ name: 'channels' } & Counted<FailedChannel>)

export type BackupState =
  | { kind: 'proven'; id: string; ageHours: number }
  | { kind: 'too-old'; id: string; ageHours: number }
  | { kind: 'missing' }
  | { kind: 'unreadable' }

export interface Digest extends Pick<DigestFacts, 'from' | 'to' | 'timezone'> {
  /** The most urgent first; none is empty. */
  sections: DigestSection[]
  /** null: the installation has no backups. */
  backup: BackupState | null
  /** False when nothing happened and the backups are fine: a mail that says nothing teaches people not to read it. */
  isWorthSending: boolean
}

/** Items of a section, and of a type of alerts. */
export const ITEMS_MAX = 10
const ALERTS_MAX = 5

interface DigestOptions {
  now: Date
  /** Fewer items where a message must be short. */
  itemsMax?: number
}

export function buildDigest(facts: DigestFacts, { now, itemsMax = ITEMS_MAX }: DigestOptions): Digest {
  const { from, to, timezone, moves, migration, expiring, alerts, channels } = facts
  const all: DigestSection[] = [
    { name: 'moves', ...moves },
    { name: 'migration', ...migration },
    { name: 'expiring', ...expiring },
    ...alerts.map((kind) => ({ name: 'alerts' as const, ...kind })),
    { name: 'channels', count: channels.length, top: channels },
  ]
  const sections = all.filter(({ count }) => count > 0).map((section) => cutSection(section, itemsMax))
  const backup = judgeBackup(facts, now)
  const isWorthSending = sections.length > 0 || (backup !== null && backup.kind !== 'proven')
  return { from, to, timezone, sections, backup, isWorthSending }
}

function cutSection(section: DigestSection, itemsMax: number): DigestSection {
  const max = section.name === 'alerts' ? Math.min(ALERTS_MAX, itemsMax) : itemsMax
  return { ...section, top: section.top.slice(0, max) } as DigestSection
}

export function countSections({ moves, migration, expiring, alerts, channels }: DigestFacts): DigestCounts {
  return {
    moves: moves.count,
    migration: migration.count,
    expiring: expiring.count,
    alerts: alerts.reduce((sum, { count }) => sum + count, 0),
    channels: channels.length,
  }
}

const HOUR_MS = 3_600_000

function judgeBackup({ backup }: DigestFacts, now: Date): BackupState | null {
  if (backup === null) return null
  if (backup.state === 'unreadable') return { kind: 'unreadable' }
  const { newest, hoursMax } = backup
  if (newest === null) return { kind: 'missing' }
  const ageHours = Math.max(0, (now.getTime() - Date.parse(newest.at)) / HOUR_MS)
  return { kind: ageHours > hoursMax ? 'too-old' : 'proven', id: newest.id, ageHours }
}
