import { useFormat } from '#web/frame/language'
import type { StateKind } from '#web/frame/state.tsx'
import { type Day, DAYS } from '#web/backups/days'
import { useBackupTexts } from '#web/backups/texts'

export const KINDS = {
  verified: 'good',
  running: 'part',
  requested: 'part',
  unproven: 'none',
  failed: 'bad',
  missing: 'bad',
  due: 'none',
  before: 'none',
} as const satisfies Record<Day['state'] | 'requested', StateKind>

const LEGEND = ['verified', 'running', 'unproven', 'failed', 'missing'] as const

interface StripProps {
  days: readonly Day[]
  /** Index of the chosen day; -1: none of them. */
  chosen: number
  onChoose: (at: number) => void
}

/** Six weeks of size, rows and proofs on one rule of days. The table below has the same in numbers. */
export function Strip({ days, chosen, onChoose }: StripProps) {
  const t = useBackupTexts()
  const format = useFormat()
  const day = days[chosen]
  return (
    <section class="days" aria-labelledby="days">
      <header class="days-head">
        <h2 id="days">{t.days.title}</h2>
        <Legend days={days} />
      </header>
      <div class="strip" style={{ '--days': DAYS }}>
        <Lane
          name={t.days.size}
          days={days}
          valueOf={({ backup }) => backup?.manifest?.object.raw_bytes}
          write={format.bytes}
        />
        <Lane name={t.days.rows} days={days} valueOf={({ backup }) => backup?.manifest?.rows} write={format.number} />
        <span class="strip-name">{t.days.proof}</span>
        <div class="strip-cells" aria-hidden="true">
          {days.map(({ start, state }, at) => (
            <span
              key={start.getTime()}
              class="strip-cell"
              data-state={state}
              data-chosen={at === chosen}
              title={t.days.value(format.date(start), t.states[state])}
            />
          ))}
        </div>
        <input
          type="range"
          class="strip-choice"
          min={0}
          max={DAYS - 1}
          value={chosen === -1 ? DAYS - 1 : chosen}
          aria-label={t.days.label}
          aria-valuetext={day && t.days.value(format.date(day.start), t.states[day.state])}
          title={t.days.hint}
          onInput={(event) => onChoose(Number(event.currentTarget.value))}
        />
        <Rule days={days} chosen={chosen} />
      </div>
    </section>
  )
}

/** How many days are in each state, worst ones too. */
function Legend({ days }: { days: readonly Day[] }) {
  const t = useBackupTexts()
  const format = useFormat()
  return (
    <ul class="legend">
      {LEGEND.map((state) => {
        const count = days.filter((day) => day.state === state).length
        return count > 0 ? (
          <li key={state} class="state">
            <span class="strip-cell legend-cell" data-state={state} aria-hidden="true" />
            <span>
              {t.states[state]} <b>{format.number(count)}</b>
            </span>
          </li>
        ) : null
      })}
    </ul>
  )
}

interface LaneProps {
  name: string
  days: readonly Day[]
  valueOf: (day: Day) => number | null | undefined
  write: (value: number) => string
}

/** A bar for each day, from zero. */
function Lane({ name, days, valueOf, write }: LaneProps) {
  const values = days.map(valueOf)
  const most = Math.max(1, ...values.map((value) => value ?? 0))
  return (
    <>
      <span class="strip-name">
        {name} <b>{write(most)}</b>
      </span>
      <div class="strip-lane" aria-hidden="true">
        {days.map(({ start }, at) => (
          <span
            key={start.getTime()}
            class="strip-bar"
            data-known={typeof values[at] === 'number'}
            style={{ blockSize: `${((values[at] ?? 0) / most) * 100}%` }}
          />
        ))}
      </div>
    </>
  )
}

/** The first day of each week has its date; the marker shows the chosen day. */
function Rule({ days, chosen }: { days: readonly Day[]; chosen: number }) {
  const format = useFormat()
  return (
    <div class="strip-rule" aria-hidden="true">
      {days.map(({ start }, at) => (
        <span key={start.getTime()} class="strip-tick" data-week={at % 7 === 0} data-chosen={at === chosen}>
          {at % 7 === 0 && <span class="strip-date">{format.dayOfMonth(start)}</span>}
        </span>
      ))}
    </div>
  )
}
