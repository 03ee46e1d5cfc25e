import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { useFormat } from '#web/frame/language'
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
  const asked = { actor, action, object, cursor: after }
  const query = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''))
  const { data, error, retry } = useAsk(`/admin/audit?${new URLSearchParams(query)}`, (signal) =>
    api.get('/admin/audit', { query: { ...query, limit: 50 }, signal }),
  )
  const cursor = data?.next_cursor
  return (
    <section class="panel" aria-labelledby="audit">
      <header class="panel-head">
        <h2 id="audit">{t.parts.audit}</h2>
        <AuditForm key={`${actor}\n${action}\n${object}`} filters={{ actor, action, object, after }} change={change} />
      </header>
      {error && <Failed error={error} retry={retry} />}
      {!error && data?.entries.length === 0 && <p class="panel-text">{t.audit.none}</p>}
      {!error &&
        (data ? data.entries.length > 0 && <Entries entries={data.entries} change={change} /> : <Bone width={32} />)}
      <p class="block-foot">
        {after && (
          <button type="button" class="button" onClick={() => change({ after: '' })}>
            {t.audit.newest}
          </button>
        )}
        {!error && cursor && (
          <button type="button" class="button" onClick={() => change({ after: cursor })}>
            {t.audit.older}
          </button>
        )}
      </p>
    </section>
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
  const format = useFormat()
  return (
    <div class="table-scroll">
      <table class="table audit-table">
        <thead>
          <tr>
            <th scope="col">{t.audit.columns.at}</th>
            <th scope="col">{t.audit.columns.action}</th>
            <th scope="col">{t.audit.columns.object}</th>
            <th scope="col">{t.audit.columns.actor}</th>
            <th scope="col">{t.audit.columns.details}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td>
                <time dateTime={entry.at} title={format.fullTime(entry.at)}>
                  {format.time(entry.at)}
                </time>
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
        </tbody>
      </table>
    </div>
  )
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(writeValue).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
