import type { TargetedKeyboardEvent, TargetedPointerEvent } from 'preact'
import { CELLS, DOMAIN, useLeadsTexts } from '#web/leads/cells.tsx'
import { type Change, type Column, FIRST_PAGE, type ListState, WIDTH } from '#web/leads/state'

interface HeadingProps {
  name: 'domain' | Column
  width: number
  state: ListState
  change: Change
}

/** A heading that sorts, where the API can, and whose edge sizes the column. */
export function Heading({ name, width, state, change }: HeadingProps) {
  const t = useLeadsTexts()
  const { sort, isDescendingFirst = false }: { sort?: string; isDescendingFirst?: boolean } =
    name === 'domain' ? DOMAIN : CELLS[name]
  const isSorted = sort !== undefined && state.sort.replace('-', '') === sort
  const isDescending = isSorted && state.sort.startsWith('-')
  const toggle = () => {
    const next = isSorted ? !isDescending : isDescendingFirst
    change({ sort: `${next ? '-' : ''}${sort}` as ListState['sort'], ...FIRST_PAGE })
  }
  return (
    <th scope="col" data-column={name} aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}>
      {sort === undefined ? (
        t.columns[name]
      ) : (
        <button
          type="button"
          class="sort"
          data-focus={`sort-${name}`}
          title={t.sortBy(t.columns[name])}
          onClick={toggle}
        >
          {t.columns[name]}
          <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true" data-sorted={isSorted}>
            <path d={isDescending ? 'M1 2.5h6L4 6.5z' : 'M1 5.5h6L4 1.5z'} fill="currentColor" />
          </svg>
        </button>
      )}
      <Grip name={name} width={width} state={state} change={change} />
    </th>
  )
}

const STEP = 16

/** Sizes by dragging, and by the arrow keys. */
function Grip({ name, width, state, change }: HeadingProps) {
  const t = useLeadsTexts()
  const resize = (to: number) => {
    const px = Math.round(Math.min(WIDTH.max, Math.max(WIDTH.min, to)))
    change({ widths: { ...state.widths, [name]: px } }, { replace: true })
  }
  const drag = (event: TargetedPointerEvent<HTMLElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId))
      resize(event.currentTarget.offsetLeft + event.currentTarget.offsetWidth / 2 + event.offsetX)
  }
  const press = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key]
    if (step === undefined) return
    event.preventDefault()
    resize(width + step)
  }
  return (
    <span
      class="grip"
      role="separator"
      aria-orientation="vertical"
      aria-label={t.resize(t.columns[name])}
      aria-valuenow={width}
      aria-valuemin={WIDTH.min}
      aria-valuemax={WIDTH.max}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
    />
  )
}
