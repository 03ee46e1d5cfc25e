/** What the list's address holds, and the question to the API that follows from it. */
import type { DataOf, InputOf, ClientOperations } from '#client/operations'
import { type Field, listOf, oneOf, someText, wholeNumber, type ValuesOf } from '#web/frame/fields'

type ListOperation = ClientOperations['get /leads']
export type LeadRow = DataOf<ListOperation>['leads'][number]
export type LeadPage = DataOf<ListOperation>
type LeadQuery = NonNullable<InputOf<ListOperation>['query']>

export const SEGMENTS = ['Migration', 'Existing', 'Cold', 'Skip'] as const satisfies LeadRow['segment'][]
export type Segment = (typeof SEGMENTS)[number]

export const COLUMNS = [
  'score',
  'segment',
  'priority',
  'mailbox',
  'gateway',
  'company',
  'email_domain',
  'referral',
  'segment_reason',
  'scanned_at',
] as const
export type Column = (typeof COLUMNS)[number]
const SHOWN: readonly Column[] = ['company', 'score', 'segment', 'priority', 'mailbox', 'scanned_at']

export const REFERRALS = [
  'co-sell',
  'solution-provider',
  'marketplace',
  'other',
] as const satisfies LeadQuery['referral'][]
export const PAGE_SIZES = ['50', '100', '200'] as const
/** Days back from now. */
export const PERIODS = ['1', '7', '30', '90'] as const

export const WIDTH = { min: 56, max: 720 }
const WIDTHS_MAX = COLUMNS.length + 1

/** `score-120.company-300`: widths in pixels of the columns that the reader sized. */
const widths: Field<Readonly<Record<string, number>>> = {
  fallback: {},
  read: (text) =>
    Object.fromEntries(
      text.split('.', WIDTHS_MAX).flatMap((part): [string, number][] => {
        const [, name = '', px = ''] = /^([a-z_]{1,20})-(\d{2,3})$/.exec(part) ?? []
        const isKnown = name === 'domain' || COLUMNS.some((column) => column === name)
        return isKnown ? [[name, Math.min(WIDTH.max, Math.max(WIDTH.min, Number(px)))]] : []
      }),
    ),
  write: (value) =>
    Object.entries(value)
      .map(([name, px]) => `${name}-${px}`)
      .join('.'),
}

export const SORTS = [
  'priority',
  '-priority',
  '-score',
  'score',
  '-scanned_at',
  'scanned_at',
  'domain',
  '-domain',
  '-created',
  'created',
] as const satisfies LeadQuery['sort'][]

export const FIELDS = {
  text: someText(100),
  segment: oneOf(['', ...SEGMENTS], ''),
  provider: someText(64),
  score_min: wholeNumber(0, 100, 0),
  score_max: wholeNumber(0, 100, 100),
  referral: oneOf(['', ...REFERRALS], ''),
  /** Only companies whose mail moved within so many days. */
  moved: oneOf(['', ...PERIODS], ''),
  import: someText(36),
  sort: oneOf(SORTS, 'priority'),
  columns: listOf(COLUMNS, SHOWN),
  widths,
  size: oneOf(PAGE_SIZES, '50'),
  /** The cursor of this page, and how many leads are before it. */
  after: someText(1_000),
  from: wholeNumber(0, 999_999_999, 0),
}

export type ListState = ValuesOf<typeof FIELDS>
export type Change = (some: Partial<ListState>, options?: { replace?: boolean }) => void

/** A change of what is listed begins at its first page. */
export const FIRST_PAGE = { after: '', from: 0 }

const DAY_MS = 86_400_000

/** The filters as the API takes them; the export and the rescan use them too. */
export function toFilters(state: ListState, now = Date.now()) {
  const { text, segment, provider, score_min: min, score_max: max, referral, moved, import: importId } = state
  // a whole minute, so that the same view asks the same question
  const since = new Date(Math.floor((now - Number(moved) * DAY_MS) / 60_000) * 60_000)
  return {
    ...(text.trim() && { text: text.trim() }),
    ...(segment && { segment }),
    ...(/^[a-z0-9-]+$/.test(provider) && { provider }),
    ...(min > 0 && { score_min: Math.min(min, max) }),
    ...(max < 100 && { score_max: Math.max(min, max) }),
    ...(referral && { referral }),
    ...(moved && { moved_since: since.toISOString() }),
    ...(/^[0-9a-f-]{36}$/.test(importId) && { import_id: importId }),
  } satisfies LeadQuery
}

export function toQuery(state: ListState): LeadQuery {
  return {
    ...toFilters(state),
    sort: state.sort,
    limit: Number(state.size),
    ...(state.after && { cursor: state.after }),
  }
}
