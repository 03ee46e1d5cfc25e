import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { useDialog } from '#web/frame/address'
import { api, type Failure } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { State } from '#web/frame/state.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'
import { texts } from '#web/texts/texts'

type ScheduleData = DataOf<ClientOperations['get /rescan/schedule']>

interface Limit {
  all: number
  left: number
  resetS: number
}

/** `"key";q=60;w=60` and `"key";r=59;t=30` (draft-ietf-httpapi-ratelimit-headers). */
function readLimit(headers: Headers): Limit | undefined {
  const read = (header: string, name: string) => new RegExp(`;${name}=(\\d+)`).exec(headers.get(header) ?? '')?.[1]
  const [all, left, resetS] = [read('RateLimit-Policy', 'q'), read('RateLimit', 'r'), read('RateLimit', 't')]
  return all === undefined ? undefined : { all: Number(all), left: Number(left), resetS: Number(resetS) }
}

/** The schedule of rescans, and the limit that the same answer states. */
export function Schedule() {
  const t = useOperationsTexts()
  const asked = useAsk('/rescan/schedule', async (signal) => {
    const { data: schedule, headers } = await api.get('/rescan/schedule', { signal })
    return { data: { schedule, limit: readLimit(headers) } }
  })
  return (
    <>
      <Panel id="rescans" title={t.rescans.title}>
        <Answer asked={asked}>{({ schedule }) => <Rescans schedule={schedule} reload={asked.retry} />}</Answer>
      </Panel>
      <Panel id="limits" title={t.limits.title}>
        {asked.data && <KeyLimit limit={asked.data.limit} />}
      </Panel>
    </>
  )
}

function Rescans({ schedule, reload }: { schedule: ScheduleData; reload: () => void }) {
  const t = useOperationsTexts()
  const format = useFormat()
  const edit = useDialog('schedule')
  const { isSending, send } = useSend()
  const { paused, hold, spent, budget, due, behind_seconds: behindS, every_days: everyDays } = schedule
  const turn = () =>
    send(async () => {
      await api.put('/rescan/schedule', { body: { paused: paused === null } })
      showToast(paused ? t.rescans.resumed : t.rescans.paused)
      reload()
    })
  return (
    <div class="panel-text">
      <State kind={paused ? 'none' : hold === null || hold === 'nothing_due' ? 'good' : 'part'}>
        {hold === null ? t.rescans.next : t.rescans.holds[hold]}
      </State>
      <p>
        {t.rescans.every(format.number(everyDays))}, {t.rescans.spent(format.number(spent), format.number(budget))}
      </p>
      <meter class="meter" min={0} max={Math.max(1, budget)} value={spent} aria-label={t.rescans.title} />
      <p class="muted">
        {t.rescans.due(format.number(due))}
        {behindS > 0 && `, ${t.rescans.behind(format.duration(behindS * 1_000))}`}
      </p>
      <p class="block-foot">
        <button type="button" class="button" disabled={isSending} onClick={turn}>
          {paused ? t.rescans.resume : t.rescans.pause}
        </button>
        <button type="button" class="button" data-look="quiet" onClick={edit.open}>
          {t.rescans.change}
        </button>
      </p>
      <Dialog isOpen={edit.isOpen} onClose={edit.close} title={t.rescans.title}>
        <ScheduleForm
          schedule={schedule}
          onDone={() => {
            edit.close()
            reload()
          }}
        />
      </Dialog>
    </div>
  )
}

function ScheduleForm({ schedule, onDone }: { schedule: ScheduleData; onDone: () => void }) {
  const t = useOperationsTexts()
  const common = useTexts(texts)
  const [everyDays, setEveryDays] = useState(schedule.every_days)
  const [budget, setBudget] = useState(schedule.budget)
  const [error, setError] = useState<Failure>()
  const { isSending, send } = useSend(setError)
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        send(async () => {
          await api.put('/rescan/schedule', { body: { every_days: everyDays, budget } })
          showToast(t.rescans.saved)
          onDone()
        })
      }}
    >
      <NumberField label={t.rescans.everyDays} value={everyDays} min={1} max={365} onChange={setEveryDays} />
      <NumberField label={t.rescans.budget} value={budget} min={0} max={1_000_000} onChange={setBudget} />
      {error && <Failed error={error} />}
      <button type="submit" class="button" data-look="main" disabled={isSending}>
        {isSending ? common.loading : t.rescans.save}
      </button>
    </form>
  )
}

interface NumberFieldProps {
  label: string
  value: number
  min: number
  max: number
  onChange: (value: number) => void
}

function NumberField({ label, value, min, max, onChange }: NumberFieldProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        type="number"
        required
        min={min}
        max={max}
        value={value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}

function KeyLimit({ limit }: { limit: Limit | undefined }) {
  const t = useOperationsTexts()
  const format = useFormat()
  if (!limit) return <p class="panel-text muted">{t.limits.unknown}</p>
  const { all, left, resetS } = limit
  const text = t.limits.left(format.number(left), format.number(all))
  return (
    <div class="panel-text">
      <p>{text}</p>
      <meter class="meter" min={0} max={all} low={all / 5} optimum={all} value={left} aria-label={text} />
      <p class="muted">
        {t.limits.resets(format.duration(resetS * 1_000))} {t.limits.note}
      </p>
    </div>
  )
}
