import { useFormat, useTexts } from '#web/frame/language'
import { menuTexts } from '#web/leads/menus/texts'
import { type LeadPage, type ListState, toFilters } from '#web/leads/state'

const FORMATS = ['xlsx', 'csv'] as const

/** The file has this view: its conditions, order and columns, on all pages. */
export default function ExportForm({ state, page }: { state: ListState; page: LeadPage | undefined }) {
  const t = useTexts(menuTexts)
  const format = useFormat()
  return (
    <>
      <p class="menu-text">{t.exportText(page ? format.number(page.total.value) : '…')}</p>
      {FORMATS.map((name) => (
        <a key={name} class="menu-link" href={toExport(state, name)} download>
          {t.formats[name]}
        </a>
      ))}
    </>
  )
}

function toExport(state: ListState, format: (typeof FORMATS)[number]): string {
  const scores = state.columns.includes('score') ? ['score_min', 'score_max'] : []
  const columns = ['domain', ...state.columns, ...scores].join(',')
  const filters = Object.entries(toFilters(state)).map(([name, value]): [string, string] => [name, String(value)])
  return `/api/v1/leads/export?${new URLSearchParams([['format', format], ['sort', state.sort], ['columns', columns], ...filters])}`
}
