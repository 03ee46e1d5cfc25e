import { useEffect, useState } from 'preact/hooks'
import { lazy } from '#web/frame/lazy.tsx'
import { Menu } from '#web/frame/menu.tsx'
import { SegmentSign } from '#web/leads/segment-sign.tsx'
import { useLeadsTexts } from '#web/leads/cells.tsx'
import { type Change, FIRST_PAGE, type ListState, SEGMENTS } from '#web/leads/state'

const FilterForm = lazy(() => import('#web/leads/menus/filter-form.tsx'))
const ViewForm = lazy(() => import('#web/leads/menus/view-form.tsx'))

const TYPING_MS = 250

/** Search, and the segments as tabs. */
export function Toolbar({ state, change }: { state: ListState; change: Change }) {
  const t = useLeadsTexts()
  return (
    <div class="lead-bar">
      <Segments state={state} change={change} />
      <Search text={state.text} change={change} />
      <div class="lead-menus">
        <Menu label={t.filter}>
          <FilterForm state={state} change={change} />
        </Menu>
        <Menu label={t.viewMenu}>
          <ViewForm state={state} change={change} />
        </Menu>
      </div>
    </div>
  )
}

function Segments({ state, change }: { state: ListState; change: Change }) {
  const t = useLeadsTexts()
  return (
    <div class="tabs" role="group" aria-label={t.columns.segment}>
      {(['', ...SEGMENTS] as const).map((segment) => (
        <button
          key={segment}
          type="button"
          class="tab"
          aria-pressed={state.segment === segment}
          title={segment && t.segmentHelp[segment]}
          onClick={() => change({ segment, ...FIRST_PAGE })}
        >
          {segment && <SegmentSign segment={segment} />}
          {segment ? t.segments[segment] : t.all}
        </button>
      ))}
    </div>
  )
}

/** Asks when the reader pauses. The first letter adds an entry to the history, so that Back ends the search. */
function Search({ text, change }: { text: string; change: Change }) {
  const t = useLeadsTexts()
  const [typed, setTyped] = useState(text)
  useEffect(() => setTyped(text), [text])
  useEffect(() => {
    if (typed === text) return undefined
    const timer = setTimeout(() => change({ text: typed, ...FIRST_PAGE }, { replace: text !== '' }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, text, change])
  return (
    <input
      type="search"
      id="lead-search"
      class="input lead-search"
      placeholder={t.search}
      aria-label={t.search}
      aria-keyshortcuts="/"
      autocomplete="off"
      spellcheck={false}
      maxLength={100}
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.currentTarget.value !== '') return
        event.currentTarget.blur()
      }}
    />
  )
}
