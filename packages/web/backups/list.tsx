import { Link } from '#web/frame/link.tsx'
import { type Format, useFormat } from '#web/frame/language'
import { Table } from '#web/frame/table.tsx'
import { State } from '#web/frame/state.tsx'
import { type Backup, readTime } from '#web/backups/days'
import { KINDS } from '#web/backups/strip.tsx'
import { useBackupTexts } from '#web/backups/texts'

interface ListProps {
  backups: readonly Backup[]
  chosen: string | undefined
  linkTo: (backup: Backup) => string
  /** undefined: there are no older ones. */
  more: (() => void) | undefined
}

export function BackupList({ backups, chosen, linkTo, more }: ListProps) {
  const t = useBackupTexts()
  return (
    <section class="backup-list" aria-labelledby="backup-list">
      <h2 id="backup-list">{t.list.title}</h2>
      <Table
        scroll="backups"
        headings={[
          t.list.made,
          t.list.state,
          { name: t.list.size, isNumber: true },
          { name: t.list.rows, isNumber: true },
          { name: t.list.took, isNumber: true },
          t.list.kept,
        ]}
      >
        {backups.map((backup) => (
          <Row
            key={`${backup.source} ${backup.id}`}
            backup={backup}
            isChosen={backup.id === chosen}
            to={linkTo(backup)}
          />
        ))}
      </Table>
      {more && (
        <button type="button" class="button" onClick={more}>
          {t.list.more}
        </button>
      )}
    </section>
  )
}

function Row({ backup, isChosen, to }: { backup: Backup; isChosen: boolean; to: string }) {
  const t = useBackupTexts()
  const format = useFormat()
  const { manifest, tier, state } = backup
  const at = readTime(backup.id)
  const of = manifest ? t.list.of(manifest.kind) : ''
  return (
    <tr data-selected={isChosen}>
      <th scope="row">
        <Link to={to} data-focus={backup.id} aria-current={isChosen || undefined} title={format.fullTime(at)}>
          <time dateTime={at.toISOString()}>{format.time(at)}</time>
        </Link>{' '}
        {of && <span class="muted">{of}</span>}
      </th>
      <td>
        <State kind={KINDS[state]}>{t.states[state]}</State>
      </td>
      <td data-kind="number">{orDash(manifest?.object.raw_bytes, format.bytes)}</td>
      <td data-kind="number">{orDash(manifest?.rows, format.number)}</td>
      <td data-kind="number">{orDash(manifest?.duration_ms, format.duration)}</td>
      <td class="muted">{describeKept(tier, manifest !== null, t)}</td>
    </tr>
  )
}

function describeKept(tier: Backup['tier'], isThere: boolean, t: ReturnType<typeof useBackupTexts>): string {
  if (tier !== null) return t.tiers[tier] ?? tier
  return isThere ? t.always : '–'
}

function orDash(value: number | null | undefined, write: Format['number']): string {
  return value === null || value === undefined ? '–' : write(value)
}
