import { Bone } from '#web/frame/blocks.tsx'
import { useFormat } from '#web/frame/language'
import { Table } from '#web/frame/table.tsx'
import type { Backup } from '#web/backups/days'
import { type Described, useBackup } from '#web/backups/backup'
import { useBackupTexts } from '#web/backups/texts'

type TableFacts = NonNullable<Described['manifest']>['tables'][number]

interface TableChange {
  name: string
  rows: number
  /** undefined: the table is new, or there is nothing to compare it with. */
  before: number | undefined
  bytes: number | null
}

const SHOWN_MAX = 6

/** What came and went since the backup before, table by table. */
export function Changes({ tables, before }: { tables: readonly TableFacts[]; before: Backup | undefined }) {
  const t = useBackupTexts()
  const format = useFormat()
  const { data, isAsking } = useBackup(before)
  const list = compareTables(tables, data?.manifest?.tables ?? [])
  const changed = data?.manifest ? list.filter((change) => change.before !== change.rows) : []
  return (
    <div class="backup-part">
      {before && (
        <>
          <h3>{t.changes.title}</h3>
          {isAsking && !data ? (
            <Bone width={30} />
          ) : changed.length === 0 ? (
            <p class="muted">{t.changes.none}</p>
          ) : (
            <ul class="changes">
              {changed.slice(0, SHOWN_MAX).map((change) => (
                <ChangeRow key={change.name} change={change} most={Math.max(...changed.map(countChange))} />
              ))}
              {list.length > changed.length && (
                <li class="muted">
                  {t.changes.same(format.number(list.length - Math.min(changed.length, SHOWN_MAX)))}
                </li>
              )}
            </ul>
          )}
        </>
      )}
      <AllTables tables={tables} />
    </div>
  )
}

function compareTables(now: readonly TableFacts[], before: readonly TableFacts[]): TableChange[] {
  const earlier = new Map(before.map(({ name, rows }) => [name, rows]))
  const list = now.map(({ name, rows, raw_bytes: bytes }) => ({ name, rows, bytes, before: earlier.get(name) }))
  return list.toSorted((one, other) => countChange(other) - countChange(one))
}

function countChange({ rows, before = 0 }: TableChange): number {
  return Math.abs(rows - before)
}

function ChangeRow({ change, most }: { change: TableChange; most: number }) {
  const t = useBackupTexts()
  const format = useFormat()
  const { name, rows, before = 0 } = change
  const by = rows - before
  return (
    <li class="change">
      <code>{name.replace(/^public\./, '')}</code>
      <span class="change-bar" aria-hidden="true">
        <span data-sign={by < 0 ? 'less' : 'more'} style={{ inlineSize: `${(Math.abs(by) / most) * 100}%` }} />
      </span>
      <b>
        {by < 0 ? '−' : '+'}
        {format.number(Math.abs(by))}
      </b>
      {change.before === undefined && <span class="muted">{t.changes.added}</span>}
    </li>
  )
}

function AllTables({ tables }: { tables: readonly TableFacts[] }) {
  const t = useBackupTexts()
  const format = useFormat()
  if (tables.length === 0) return null
  return (
    <details class="more">
      <summary>{t.changes.tables(format.number(tables.length))}</summary>
      <Table
        headings={[t.changes.table, { name: t.changes.rows, isNumber: true }, { name: t.changes.size, isNumber: true }]}
      >
        {tables.map(({ name, rows, raw_bytes: bytes }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name.replace(/^public\./, '')}</code>
            </th>
            <td data-kind="number">{format.number(rows)}</td>
            <td data-kind="number">{bytes === null ? '–' : format.bytes(bytes)}</td>
          </tr>
        ))}
      </Table>
    </details>
  )
}
