import type { TargetedMouseEvent } from 'preact'
import { Bone } from '#web/frame/blocks.tsx'
import { go } from '#web/frame/address'
import { useFormat } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { CELLS, DOMAIN, useLeadsTexts } from '#web/leads/cells.tsx'
import { Heading } from '#web/leads/heading.tsx'
import type { Change, Column, LeadRow, ListState } from '#web/leads/state'

interface TableProps {
  state: ListState
  change: Change
  /** undefined: the first answer is on its way. */
  leads: readonly LeadRow[] | undefined
  isAsking: boolean
  selected: ReadonlySet<string>
  onSelect: (domains: readonly string[], isSelected: boolean) => void
}

const BONES = 20
/** The column with the boxes. */
const BOX_WIDTH = 40
const FLEXIBLE = new Set(['domain', 'company'])

export function LeadTable(props: TableProps) {
  const { state, leads, isAsking } = props
  const t = useLeadsTexts()
  const names = ['domain', ...state.columns] as const
  const widths = names.map((name) => state.widths[name] ?? (name === 'domain' ? DOMAIN : CELLS[name]).width)
  return (
    <div class="lead-scroll" data-scroll="leads" aria-busy={isAsking}>
      <table class="table lead-table" aria-label={t.table} style={{ minInlineSize: `${sum(widths) + BOX_WIDTH}px` }}>
        <colgroup>
          <col style={{ inlineSize: `${BOX_WIDTH}px` }} />
          {names.map((name, at) => {
            const isSized = state.widths[name] !== undefined || !FLEXIBLE.has(name)
            return <col key={name} style={isSized ? { inlineSize: `${widths[at]}px` } : {}} />
          })}
        </colgroup>
        <Head {...props} names={names} widths={widths} />
        <tbody>
          {leads === undefined
            ? Array.from({ length: BONES }, (_, at) => <BoneRow key={at} at={at} columns={state.columns} />)
            : leads.map((lead) => <Row key={lead.domain} {...props} lead={lead} />)}
        </tbody>
      </table>
    </div>
  )
}

function sum(list: readonly number[]): number {
  return list.reduce((total, one) => total + one, 0)
}

function Head(props: TableProps & { names: readonly ('domain' | Column)[]; widths: readonly number[] }) {
  const { leads = [], selected, onSelect, names, widths, state, change } = props
  const t = useLeadsTexts()
  const chosen = leads.filter(({ domain }) => selected.has(domain)).length
  return (
    <thead>
      <tr>
        <th scope="col" class="lead-box">
          <input
            type="checkbox"
            aria-label={t.selectAll}
            checked={chosen > 0 && chosen === leads.length}
            indeterminate={chosen > 0 && chosen < leads.length}
            disabled={leads.length === 0}
            onChange={(event) =>
              onSelect(
                leads.map(({ domain }) => domain),
                event.currentTarget.checked,
              )
            }
          />
        </th>
        {names.map((name, at) => (
          <Heading key={name} name={name} width={widths[at] ?? 0} state={state} change={change} />
        ))}
      </tr>
    </thead>
  )
}

function Row({ lead, state, selected, onSelect }: TableProps & { lead: LeadRow }) {
  const t = useLeadsTexts()
  const format = useFormat()
  const { domain } = lead
  const isSelected = selected.has(domain)
  const open = (event: TargetedMouseEvent<HTMLTableRowElement>) => {
    const isOnControl = event.target instanceof Element && event.target.closest('a, input, label') !== null
    // a reader who selects text to copy it does not want to leave
    if (!isOnControl && window.getSelection()?.isCollapsed) go(`/leads/${domain}`)
  }
  return (
    // the row's link does the same for the keyboard
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <tr data-selected={isSelected} onClick={open}>
      <td class="lead-box">
        <label>
          <input
            type="checkbox"
            aria-label={t.select(domain)}
            checked={isSelected}
            onChange={(event) => onSelect([domain], event.currentTarget.checked)}
          />
        </label>
      </td>
      <th scope="row" class="lead-domain">
        <Link to={`/leads/${domain}`} data-focus={domain} title={domain}>
          {domain}
        </Link>
      </th>
      {state.columns.map((name) => (
        <td key={name} data-column={name} data-label={t.columns[name]}>
          {CELLS[name].cell(lead, t, format)}
        </td>
      ))}
    </tr>
  )
}

/** Bones of unequal length, so that they read as rows to come. */
function BoneRow({ at, columns }: { at: number; columns: readonly Column[] }) {
  return (
    <tr class="bone-row">
      <td class="lead-box" />
      <td class="lead-domain">
        <Bone width={12 + ((at * 7) % 11)} />
      </td>
      {columns.map((name, column) => (
        <td key={name} data-column={name}>
          <Bone width={5 + ((at * 5 + column * 3) % 6)} />
        </td>
      ))}
    </tr>
  )
}
