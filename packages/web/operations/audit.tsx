import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { Table } from '#web/frame/table.tsx'
import { Time } from '#web/frame/time.tsx'
import { useOperationsTexts } from '#web/operations/texts'

type Entry = DataOf<ClientOperations['get /admin/audit']>['entries'][number]

const NAMES = ['actor', 'action', 'object'] as const
const NONE = { actor: '', action: '', object: '', after: '' }

type Filters = Record<keyof typeof NONE, string>

interface AuditProps {
  filters: Filters
  change: (some: Partial<Filters>) => void
}

/** Lists actions with their actors and objects, newest first. */
export function AuditPart({ filters: { actor, action, object, after }, change }: AuditProps) {
  const t = useOperationsTexts()
  const named = { actor, action, object, cursor: after }
  const query = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== ''))
  const asked = useAsk(`/admin/audit?${new URLSearchParams(query)}`, (signal) =>
    api.get('/admin/audit', { query: { ...query, limit: 50 }, signal }),
  )
  const cursor = asked.data?.next_cursor
  return (
    <Panel
      id="audit"
      title={t.parts.audit}
      head={
        <AuditForm key={`${actor}\n${action}\n${object}`} filters={{ actor, action, object, after }} change={change} />
      }
    >
      <Answer asked={asked}>
        {({ entries }) =>
          entries.length === 0 ? (
            <p class="panel-text">{t.audit.none}</p>
          ) : (
            <Entries entries={entries} change={change} />
          )
        }
      </Answer>
      <p class="block-foot">
        {after && (
          <button type="button" class="button" onClick={() => change({ after: '' })}>
            {t.audit.newest}
          </button>
        )}
        {cursor && (
          <button type="button" class="button" onClick={() => change({ after: cursor })}>
            {t.audit.older}
          </button>
        )}
      </p>
    </Panel>
  )
}

function AuditForm({ filters, change }: AuditProps) {
  const t = useOperationsTexts()
  const [typed, setTyped] = useState(filters)
  const isFiltered = NAMES.some((name) => filters[name] !== '')
  return (
    <form
      class="audit-form"
      onSubmit={(event) => {
        event.preventDefault()
        change({ ...typed, after: '' })
      }}
    >
      {NAMES.map((name) => (
        <input
          key={name}
          class="input"
          type="search"
          aria-label={t.audit[name]}
          placeholder={`${t.audit[name]}: ${t.audit.hint[name]}`}
          value={typed[name]}
          onInput={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
        />
      ))}
      <button type="submit" class="button">
        {t.audit.apply}
      </button>
      {isFiltered && (
        <button type="button" class="button" data-look="quiet" onClick={() => change(NONE)}>
          {t.audit.clear}
        </button>
      )}
    </form>
  )
}

interface EntriesProps {
  entries: readonly Entry[]
  change: AuditProps['change']
}

function Entries({ entries, change }: EntriesProps) {
  const t = useOperationsTexts()
  return (
    <Table
      class="audit-table"
      headings={(['at', 'action', 'object', 'actor', 'details'] as const).map((name) => t.audit.columns[name])}
    >
      {entries.map((entry) => (
        <tr key={entry.id}>
          <td>
            <Time at={entry.at} as="time" />
          </td>
          {(['action', 'object', 'actor'] as const).map((name) => (
            <td key={name}>
              <button
                type="button"
                class="audit-word"
                title={t.audit.only(entry[name])}
                onClick={() => change({ [name]: entry[name], after: '' })}
              >
                {entry[name]}
              </button>
            </td>
          ))}
          <td class="audit-details">
            {Object.entries(entry.details).map(
              ([name, value]) =>
                value !== null && (
                  <span key={name}>
                    <span class="muted">{name.replaceAll('_', ' ')}</span> {writeValue(value)}
                  </span>
                ),
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(writeValue).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
