/** The progress of imports and scans above the list, and then their result. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { forgetAnswers } from '#web/frame/answers'
import { api, type Failure, toFailure } from '#web/frame/api'
import { useFormat, useTexts } from '#web/frame/language'
import { workTexts } from '#web/leads/work/texts'
import { Link } from '#web/frame/link.tsx'
import { State } from '#web/frame/state.tsx'
import { useStore } from '#web/frame/store'
import { Cross } from '#web/frame/cross.tsx'
import { followWork, work, type Work } from '#web/leads/work/work'
import '#web/leads/work/work.css'
import { Failures } from '#web/leads/work/failures.tsx'

type Import = DataOf<ClientOperations['get /ingest/{import}']>
type Job = DataOf<ClientOperations['get /scan/bulk/{job}']>

interface Progress {
  list?: Import
  jobs: readonly Job[]
  isDone: boolean
}

const FIRST_WAIT_MS = 700
const WAIT_MAX_MS = 6_000

/** `onDone` asks for the list once more. */
export default function WorkList({ onDone }: { onDone: () => void }) {
  const list = useStore(work)
  return list.map((one) => <WorkStrip key={one.id} work={one} onDone={onDone} />)
}

async function readProgress({ importId, jobs }: Work, signal: AbortSignal): Promise<Progress> {
  const list = importId
    ? (await api.get('/ingest/{import}', { params: { import: importId }, query: { limit: 1 }, signal })).data
    : undefined
  const ids = [...jobs, ...(list?.scan.jobs ?? [])]
  const found = await Promise.all(
    ids.map(async (job) => (await api.get('/scan/bulk/{job}', { params: { job }, query: { limit: 1 }, signal })).data),
  )
  const isRead =
    list === undefined ||
    list.state === 'failed' ||
    (list.state === 'done' && (!list.scan.requested || ids.length > 0 || list.accepted === 0))
  const isDone = isRead && found.every(({ state }) => state === 'done' || state === 'cancelled')
  return { ...(list && { list }), jobs: found, isDone }
}

/** Asks more and more seldom; a failed question is repeated, and shown meanwhile. */
function useProgress(one: Work, onDone: () => void) {
  const [progress, setProgress] = useState<Progress>()
  const [error, setError] = useState<Failure>()
  const latest = useRef(onDone)
  latest.current = onDone
  useEffect(() => {
    const leave = new AbortController()
    let waitMs = FIRST_WAIT_MS
    let timer: ReturnType<typeof setTimeout>
    const ask = async () => {
      try {
        const next = await readProgress(one, leave.signal)
        setProgress(next)
        setError(undefined)
        if (next.isDone) return (forgetAnswers('leads '), latest.current())
      } catch (thrown) {
        if (leave.signal.aborted) return
        setError(toFailure(thrown))
      }
      waitMs = Math.min(WAIT_MAX_MS, waitMs * 1.4)
      timer = setTimeout(() => void ask(), waitMs)
    }
    void ask()
    return () => {
      clearTimeout(timer)
      leave.abort()
    }
  }, [one])
  return { progress, error }
}

function WorkStrip({ work: one, onDone }: { work: Work; onDone: () => void }) {
  const t = useTexts(workTexts)
  const format = useFormat()
  const { progress, error } = useProgress(one, onDone)
  const { list, jobs = [], isDone = false } = progress ?? {}
  const count = (name: keyof Job['domains']) => jobs.reduce((total, { domains }) => total + domains[name], 0)
  const [done, failed, pending] = [count('done'), count('failed'), count('pending')]
  const all = done + failed + pending + count('cancelled')
  const isScanning = all > 0
  const problem = error?.message ?? list?.problem?.message
  const label = isScanning
    ? t.scanned(format.number(done + failed), format.number(all))
    : list
      ? t.rowsRead(format.number(list.rows), format.number(Math.max(list.rows_total ?? 0, list.rows)))
      : t.starting
  return (
    <section class="work" aria-label={one.name}>
      <State kind={list?.state === 'failed' ? 'bad' : isDone ? 'good' : 'part'}>
        <bdi class="work-name">{one.name}</bdi>
      </State>
      <span class="work-text" role="status">
        {label}
      </span>
      {!isDone && (
        <progress
          max={isScanning ? all : (list?.rows_total ?? undefined)}
          value={isScanning ? done + failed : list?.rows}
        />
      )}
      {list && isDone && (
        <span class="muted">
          {t.imported(
            format.number(list.created ?? 0),
            format.number(list.duplicates ?? 0),
            format.number(list.refused),
          )}
        </span>
      )}
      {problem && <State kind="bad">{problem}</State>}
      {failed > 0 && <Failures jobs={jobs.map(({ id }) => id)} count={failed} onRetry={() => followWork({ ...one })} />}
      {isDone && one.importId && <Link to={`/leads?import=${one.importId}`}>{t.showImport}</Link>}
      <button
        type="button"
        class="icon-button"
        aria-label={isDone ? t.dismiss : t.hide}
        title={isDone ? t.dismiss : t.hide}
        onClick={() => work.set(work.get().filter(({ id }) => id !== one.id))}
      >
        <Cross />
      </button>
    </section>
  )
}
