import { useMemo, useState } from 'preact/hooks'
import { useAddress } from '#web/frame/address'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Empty, Failed } from '#web/frame/blocks.tsx'
import { someText, writeFields } from '#web/frame/fields'
import { useFormat } from '#web/frame/language'
import '#web/backups/backups.css'
import { type Backup, type Day, sortIntoDays, type Stats } from '#web/backups/days'
import { Detail } from '#web/backups/detail.tsx'
import { BackupList } from '#web/backups/list.tsx'
import { RunNow } from '#web/backups/run-now.tsx'
import { Strip } from '#web/backups/strip.tsx'
import { Summary } from '#web/backups/summary.tsx'
import { useBackupTexts } from '#web/backups/texts'

/** The chosen backup, or the chosen day when it has none: `2026-11-20`. */
const FIELDS = { backup: someText(40), day: someText(10) }
const PAGE = 200

interface Page {
  backups: readonly Backup[]
  next_cursor: string | null
}

export default function BackupsView() {
  const t = useBackupTexts()
  const [round, setRound] = useState(0)
  const stats = useAsk<Stats>(`backups stats ${round}`, (signal) => api.get('/admin/backups/stats', { signal }))
  const list = useAsk<Page>(`backups ${round}`, (signal) =>
    api.get('/admin/backups', { query: { limit: PAGE }, signal }),
  )
  const error = stats.error ?? list.error
  const retry = () => {
    for (const asked of [stats, list]) if (asked.error) asked.retry()
  }
  return (
    <div class="backups">
      <header class="head">
        <h1>{t.title}</h1>
        <div class="head-actions">{!error && <RunNow onChange={() => setRound(round + 1)} />}</div>
      </header>
      {error ? (
        <Failed error={error} retry={retry} />
      ) : stats.data && list.data ? (
        <Loaded stats={stats.data} first={list.data} />
      ) : (
        <Bones />
      )}
    </div>
  )
}

function Bones() {
  return (
    <div class="backup-bones" aria-busy="true">
      <Bone width={22} />
      <Bone width={48} />
      <Bone width={80} />
    </div>
  )
}

function Loaded({ stats, first }: { stats: Stats; first: Page }) {
  const t = useBackupTexts()
  const { backups, more } = useOlder(first)
  const own = stats.stats[0]
  const mine = useMemo(() => backups.filter(({ source }) => source === own?.source), [backups, own])
  const days = useDays(mine, stats.next_run_at)
  const { chosen, day, choose } = useChoice(backups, days, own?.newest_verified?.id)
  const proven = mine.find(({ id }) => id === own?.newest_verified?.id)
  return (
    <>
      <Summary stats={own} nextRunAt={stats.next_run_at} proven={proven} />
      {backups.length === 0 ? (
        <Empty title={t.list.none} />
      ) : (
        <>
          <Strip days={days} chosen={day} onChoose={choose} />
          <div class="backup-columns">
            {chosen ? (
              <Detail key={chosen.id} backup={chosen} before={findBefore(mine, chosen)} />
            ) : (
              <NoBackup day={days[day]} />
            )}
            <BackupList backups={backups} chosen={chosen?.id} linkTo={linkTo} more={more} />
          </div>
        </>
      )}
    </>
  )
}

function linkTo({ id }: Backup): string {
  return `/backups${writeFields(FIELDS, { backup: id })}`
}

function NoBackup({ day }: { day: Day | undefined }) {
  const t = useBackupTexts()
  const format = useFormat()
  if (!day) return null
  const text = day.state === 'due' ? t.detail.due : day.state === 'before' ? t.detail.before : t.detail.none
  return (
    <section class="backup-detail">
      <h2>{format.date(day.start)}</h2>
      <p class="muted">{text}</p>
    </section>
  )
}

/** The proven backup before this one. */
function findBefore(backups: readonly Backup[], { id }: Backup): Backup | undefined {
  return backups.find((other) => other.id < id && other.manifest !== null && other.state === 'verified')
}

function useDays(backups: readonly Backup[], nextRunAt: string): Day[] {
  return useMemo(() => sortIntoDays(backups, { now: new Date(), nextRunAt: new Date(nextRunAt) }), [backups, nextRunAt])
}

/** Which backup or day the address names; the newest proven one by default. */
function useChoice(backups: readonly Backup[], days: readonly Day[], proven: string | undefined) {
  const { values, change } = useAddress(FIELDS)
  const emptyDay = values.backup === '' ? days.findIndex(({ start }) => nameDay(start) === values.day) : -1
  const wanted = values.backup === '' ? proven : values.backup
  const chosen = emptyDay === -1 ? (backups.find(({ id }) => id === wanted) ?? backups[0]) : undefined
  const day = emptyDay === -1 ? days.findIndex(({ backup }) => backup !== undefined && backup === chosen) : emptyDay
  const choose = (at: number) => {
    const next = days[at]
    if (!next) return
    change(next.backup ? { backup: next.backup.id, day: '' } : { backup: '', day: nameDay(next.start) }, {
      replace: true,
    })
  }
  return { chosen, day, choose }
}

/** `2026-11-20` in the reader's time zone. */
function nameDay(start: Date): string {
  return [start.getFullYear(), start.getMonth() + 1, start.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** Adds older pages to the first one. */
function useOlder(first: Page) {
  const [older, setOlder] = useState<{ after: Page; pages: readonly Page[] }>({ after: first, pages: [] })
  const pages = older.after === first ? older.pages : []
  const [cursor, setCursor] = useState<string>()
  useAsk<Page>(cursor && `backups after ${cursor}`, async (signal) => {
    const answer = await api.get('/admin/backups', { query: { limit: PAGE, ...(cursor && { cursor }) }, signal })
    setOlder({ after: first, pages: [...pages, answer.data] })
    return answer
  })
  const next = (pages.at(-1) ?? first).next_cursor
  const backups = useMemo(() => [first, ...pages].flatMap((page) => page.backups), [first, pages])
  return { backups, more: next === null || next === undefined ? undefined : () => setCursor(next) }
}
