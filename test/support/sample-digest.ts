import type { DigestFacts, DigestMove } from '#alerts/digest/facts'

const GOOGLE = { id: 'google', name: 'Google Workspace', kind: 'google' } as const
const MICROSOFT = { id: 'microsoft-365', name: 'Microsoft 365', kind: 'microsoft-365' } as const
const GATEWAY = { id: 'proofpoint', name: 'Proofpoint', kind: 'filter' } as const

const MOVES: Pick<DigestMove, 'kind' | 'from' | 'to'>[] = [
  { kind: 'mailbox-moved', from: GOOGLE, to: MICROSOFT },
  { kind: 'half-moved', from: GOOGLE, to: MICROSOFT },
  { kind: 'gateway-added', from: null, to: GATEWAY },
  { kind: 'gateway-removed', from: GATEWAY, to: null },
  { kind: 'gateway-replaced', from: GATEWAY, to: { ...GATEWAY, id: 'mimecast', name: 'Mimecast' } },
]

/** A full day: every section has something, and three have more than a digest lists. */
export function sampleDigestFacts(changes: Partial<DigestFacts> = {}): DigestFacts {
  const numbered = Array.from({ length: 10 }, (_, at) => at)
  return {
    from: new Date('2026-11-29T05:00:00Z'),
    to: new Date('2026-11-30T05:00:00Z'),
    timezone: 'Europe/Istanbul',
    moves: {
      count: 20,
      kinds: [
        { kind: 'mailbox-moved', count: 14 },
        { kind: 'half-moved', count: 4 },
        { kind: 'gateway-added', count: 2 },
      ],
      top: numbered.map((at) => ({
        domain: `tasinan-${at}.com.tr`,
        company: at % 2 === 0 ? `Taşınan ${at} A.Ş.` : null,
        ...MOVES[at % MOVES.length]!,
      })),
    },
    migration: {
      count: 1_234,
      top: numbered.map((at) => ({
        domain: `aday-${at}.com.tr`,
        company: null,
        mailbox: at % 2 === 0 ? 'google-workspace' : 'own-server',
        priority: 1 + (at % 3),
        score: 90 - at,
      })),
    },
    expiring: {
      count: 2,
      top: [
        { domain: 'bitiyor.com.tr', company: 'Bitiyor Ltd. Şti.', expiresAt: '2026-12-04T00:00:00Z' },
        { domain: 'az-kaldi.com.tr', company: null, expiresAt: '2026-12-20T00:00:00Z' },
      ],
    },
    alerts: [
      {
        type: 'mx_changed',
        count: 18,
        top: numbered.map((at) => ({
          domain: `tasinan-${at}.com.tr`,
          old: '1 aspmx.l.google.com, 5 alt1.aspmx.l.google.com',
          new: `0 tasinan-${at}-com-tr.mail.protection.outlook.com`,
        })),
      },
      { type: 'dmarc_removed', count: 1, top: [{ domain: 'acik.com.tr', old: 'reject', new: null }] },
    ],
    channels: [{ name: 'CRM', state: 'failing', reason: 'The receiver answered 503.' }],
    backup: {
      state: 'read',
      newest: { id: '2026-11-30T00-00-05Z-a1b2c3', at: '2026-11-30T00:00:05Z' },
      hoursMax: 26,
    },
    ...changes,
  }
}

/** Nothing happened. */
export const QUIET: Partial<DigestFacts> = {
  moves: { count: 0, kinds: [], top: [] },
  migration: { count: 0, top: [] },
  expiring: { count: 0, top: [] },
  alerts: [],
  channels: [],
}

/** Each text from outside is `text`, and everything is there. */
export function worstDigestFacts(text: string): DigestFacts {
  const { moves, migration, ...facts } = sampleDigestFacts()
  const types = ['mx_changed', 'dmarc_added', 'dmarc_removed', 'dmarc_weakened', 'segment_changed'] as const
  const ten = Array.from({ length: 10 }, () => ({ domain: text, company: text, old: text, new: text }))
  return {
    ...facts,
    moves: { ...moves, top: moves.top.map((move) => ({ ...move, domain: text, company: text })) },
    migration: {
      ...migration,
      top: migration.top.map((lead) => ({ ...lead, domain: text, company: text, mailbox: text })),
    },
    expiring: { count: 99, top: ten.map((each) => ({ ...each, expiresAt: text })) },
    alerts: types.map((type) => ({ type, count: 99, top: ten })),
    channels: ten.map(() => ({ name: text, state: 'failing', reason: text })),
  }
}
