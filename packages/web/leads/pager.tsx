import { useFormat } from '#web/frame/language'
import { useLeadsTexts } from '#web/leads/cells.tsx'
import { type Change, FIRST_PAGE, type LeadPage, type ListState } from '#web/leads/state'

/** The cursor of each page and how many leads are before it → those of the page before. */
const pagesBefore = new Map<string, Pick<ListState, 'after' | 'from'>>()

/** What moves between the pages; undefined where there is none. */
export function turnPages(state: ListState, change: Change, page: LeadPage | undefined) {
  const { after, from } = state
  const cursor = page?.next_cursor
  const before = pagesBefore.get(after)
  return {
    next: cursor
      ? () => {
          pagesBefore.set(cursor, { after, from })
          change({ after: cursor, from: from + (page?.leads.length ?? 0) })
        }
      : undefined,
    previous: before && after ? () => change(before) : undefined,
    first: after ? () => change(FIRST_PAGE) : undefined,
  }
}

interface PagerProps {
  state: ListState
  change: Change
  page: LeadPage | undefined
  /** The rows are those of an earlier page, so they say neither the range nor what comes next. */
  isEarlier: boolean
}

export function Pager({ state, change, page, isEarlier }: PagerProps) {
  const t = useLeadsTexts()
  const format = useFormat()
  const { first, previous, next } = turnPages(state, change, isEarlier ? undefined : page)
  if (page === undefined || (page.leads.length === 0 && !first)) return null
  const { value, exact: isExact } = page.total
  const to = state.from + page.leads.length
  return (
    <nav class="pager" aria-label={t.pages}>
      <p class="muted">
        {!isEarlier &&
          t.range(
            format.number(Math.min(state.from + 1, to)),
            format.number(to),
            format.number(Math.max(value, to)),
            isExact,
          )}
      </p>
      {first && (
        <button type="button" class="button" onClick={first}>
          {t.first}
        </button>
      )}
      <button type="button" class="button" disabled={!previous} onClick={previous}>
        {t.previous}
      </button>
      <button type="button" class="button" disabled={!next} onClick={next}>
        {t.next}
      </button>
    </nav>
  )
}
