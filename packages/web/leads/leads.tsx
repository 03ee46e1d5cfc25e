import { useCallback, useState } from 'preact/hooks'
import { go, useAddress, useDialog } from '#web/frame/address'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Empty, Failed } from '#web/frame/blocks.tsx'
import { useKeys } from '#web/frame/keys'
import { useFormat } from '#web/frame/language'
import { lazy } from '#web/frame/lazy.tsx'
import { Menu } from '#web/frame/menu.tsx'
import { useStore } from '#web/frame/store'
import { useLeadsTexts } from '#web/leads/cells.tsx'
import '#web/leads/leads.css'
import { Pager, turnPages } from '#web/leads/pager.tsx'
import { type Change, FIELDS, type LeadPage, type ListState, toFilters, toQuery } from '#web/leads/state'
import type { Source } from '#web/leads/pasted'
import { useIncoming } from '#web/leads/incoming'
import { work } from '#web/leads/work/work'
import { LeadTable } from '#web/leads/table.tsx'
import { Toolbar } from '#web/leads/toolbar.tsx'

const Chips = lazy(() => import('#web/leads/menus/chips.tsx'))
const ExportForm = lazy(() => import('#web/leads/menus/export-form.tsx'))
const SelectionBar = lazy(() => import('#web/leads/selection-bar.tsx'))
const ImportDialog = lazy(() => import('#web/leads/import/import-dialog.tsx'))
const WorkList = lazy(() => import('#web/leads/work/work-list.tsx'))

export default function LeadsView() {
  const t = useLeadsTexts()
  const { values: state, change } = useAddress(FIELDS)
  const query = toQuery(state)
  const { data, error, isAsking, isEarlier, retry } = useAsk(`leads ${JSON.stringify(query)}`, (signal) =>
    api.get('/leads', { query, signal }),
  )
  const { selected, select, clear } = useSelection()
  const incoming = useImport()
  const hasWork = useStore(work).length > 0
  useListKeys(state, change, isEarlier ? undefined : data, selected, select, incoming.open)
  return (
    <div class="leads">
      <header class="head">
        <h1>{t.title}</h1>
        <Count page={data} />
        <div class="head-actions">
          <Menu label={t.export}>
            <ExportForm state={state} page={data} />
          </Menu>
          <button type="button" class="button" data-look="main" onClick={incoming.open}>
            {t.importList}
          </button>
        </div>
      </header>
      <Toolbar state={state} change={change} />
      {Object.keys(toFilters(state)).some((name) => name !== 'segment') && <Chips state={state} change={change} />}
      {hasWork && <WorkList onDone={retry} />}
      {error ? (
        <Failed error={error} retry={retry} />
      ) : data?.leads.length === 0 && !isAsking ? (
        <NoLeads state={state} onImport={incoming.open} />
      ) : (
        <LeadTable
          state={state}
          change={change}
          leads={data?.leads}
          isAsking={isAsking}
          selected={selected}
          onSelect={select}
        />
      )}
      {selected.size > 0 && <SelectionBar selected={selected} clear={clear} />}
      <Pager state={state} change={change} page={error ? undefined : data} isEarlier={isEarlier} />
      {incoming.dialog.isOpen && <ImportDialog {...incoming.dialog} />}
      {incoming.isOver && <p class="drop-here">{t.dropHere}</p>}
    </div>
  )
}

function Count({ page }: { page: LeadPage | undefined }) {
  const t = useLeadsTexts()
  const format = useFormat()
  if (page === undefined) return null
  const { value, exact: isExact } = page.total
  return <p class="muted">{t.count(format.number(value), isExact, value)}</p>
}

/** The dialog of the import, and the list that was pasted or dropped for it. */
function useImport() {
  const t = useLeadsTexts()
  const { isOpen, open, close } = useDialog('import')
  const [source, setSource] = useState<Source>()
  const isOver = useIncoming((incoming) => {
    setSource(incoming)
    open()
  }, t.pastedList)
  const openEmpty = () => {
    setSource(undefined)
    open()
  }
  return { open: openEmpty, isOver, dialog: { isOpen, onClose: close, source, onSource: setSource } }
}

function NoLeads({ state, onImport }: { state: ListState; onImport: () => void }) {
  const t = useLeadsTexts()
  const isFiltered = Object.keys(toFilters(state)).length > 0
  if (!isFiltered)
    return (
      <Empty title={t.none.firstTitle}>
        <p class="block-text">{t.none.firstText}</p>
        <button type="button" class="button" data-look="main" onClick={onImport}>
          {t.none.import}
        </button>
      </Empty>
    )
  return (
    <Empty title={t.none.title}>
      <p class="block-text">{t.none.text}</p>
      <button type="button" class="button" onClick={() => go('/leads')}>
        {t.none.clear}
      </button>
    </Empty>
  )
}

/** Rows are selected by their domain, so that a refresh or another order keeps them. */
function useSelection() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const select = useCallback((domains: readonly string[], isSelected: boolean) => {
    setSelected((before) => {
      const after = new Set(before)
      for (const domain of domains) {
        if (isSelected) after.add(domain)
        else after.delete(domain)
      }
      return after
    })
  }, [])
  const clear = useCallback(() => setSelected(new Set()), [])
  return { selected, select, clear }
}

function useListKeys(
  state: ListState,
  change: Change,
  page: LeadPage | undefined,
  selected: ReadonlySet<string>,
  select: (domains: readonly string[], isSelected: boolean) => void,
  openImport: () => void,
): void {
  const t = useLeadsTexts()
  const domains = page?.leads.map(({ domain }) => domain) ?? []
  const focused = () =>
    domains.indexOf(
      document.activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-focus]')?.dataset['focus'] ?? '',
    )
  const move = (step: number) => {
    const at = focused()
    const next = at === -1 ? domains[0] : domains[at + step]
    if (next !== undefined) document.querySelector<HTMLElement>(`[data-focus="${CSS.escape(next)}"]`)?.focus()
  }
  const { next, previous } = turnPages(state, change, page)
  useKeys([
    { keys: '/', label: t.keys.search, run: () => document.querySelector<HTMLInputElement>('#lead-search')?.select() },
    { keys: 'j', label: t.keys.down, run: () => move(1) },
    { keys: 'k', label: t.keys.up, run: () => move(-1) },
    { keys: 'Enter', label: t.keys.open, run: () => domains[focused()] && go(`/leads/${domains[focused()]}`) },
    {
      keys: 'x',
      label: t.keys.select,
      run: () => {
        const domain = domains[focused()]
        if (domain !== undefined) select([domain], !selected.has(domain))
      },
    },
    { keys: 'i', label: t.keys.import, run: openImport },
    { keys: ']', label: t.keys.next, run: () => next?.() },
    { keys: '[', label: t.keys.previous, run: () => previous?.() },
  ])
}
