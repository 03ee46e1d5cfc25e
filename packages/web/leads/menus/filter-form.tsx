import '#web/frame/form.css'
import { useState } from 'preact/hooks'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { useFormat, useTexts } from '#web/frame/language'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'
import '#web/leads/menus/menus.css'
import { menuTexts } from '#web/leads/menus/texts'
import { type Change, FIRST_PAGE, type ListState, PERIODS, REFERRALS } from '#web/leads/state'

/** The conditions beside the segment and the search. */
export default function FilterForm({ state, change }: { state: ListState; change: Change }) {
  const t = useLeadsTexts()
  const own = useTexts(menuTexts)
  const format = useFormat()
  const set: Change = (some) => change({ ...some, ...FIRST_PAGE })
  return (
    <div class="form">
      <label class="field">
        <span class="field-label">{t.columns.mailbox}</span>
        <ProviderSelect value={state.provider} onChange={(provider) => set({ provider })} />
      </label>
      <fieldset class="field range-field">
        <legend class="field-label">{t.columns.score}</legend>
        <ScoreInput label={own.scoreMin} value={state.score_min} onChange={(min) => set({ score_min: min })} />
        <span aria-hidden="true">–</span>
        <ScoreInput label={own.scoreMax} value={state.score_max} onChange={(max) => set({ score_max: max })} />
      </fieldset>
      <label class="field">
        <span class="field-label">{own.moved}</span>
        <select
          value={state.moved}
          onChange={(event) => set({ moved: PERIODS.find((days) => days === event.currentTarget.value) ?? '' })}
        >
          <option value="">{own.anyTime}</option>
          {PERIODS.map((days) => (
            <option key={days} value={days}>
              {own.lastDays(format.number(Number(days)), Number(days))}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">{t.columns.referral}</span>
        <select
          value={state.referral}
          onChange={(event) => set({ referral: REFERRALS.find((kind) => kind === event.currentTarget.value) ?? '' })}
        >
          <option value="">{t.all}</option>
          {REFERRALS.map((kind) => (
            <option key={kind} value={kind}>
              {t.referrals[kind]}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

/** The providers that the leads have, most leads first; asked for when the reader comes to the field. */
function ProviderSelect({ value, onChange }: { value: string; onChange: (provider: string) => void }) {
  const t = useLeadsTexts()
  const format = useFormat()
  const [isWanted, setWanted] = useState(false)
  const { data } = useAsk(isWanted ? 'dashboard 7' : undefined, (signal) =>
    api.get('/dashboard', { query: { days: 7 }, signal }),
  )
  const providers = data?.providers ?? []
  const isListed = value === '' || providers.some(({ provider }) => provider === value)
  const want = () => setWanted(true)
  return (
    <select
      value={value}
      onFocus={want}
      onPointerEnter={want}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">{t.all}</option>
      {!isListed && <option value={value}>{nameProvider(value, t)}</option>}
      {providers.map(({ provider, leads }) => (
        <option key={provider} value={provider}>
          {nameProvider(provider, t)} ({format.number(leads)})
        </option>
      ))}
    </select>
  )
}

function ScoreInput({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <input
      type="number"
      min={0}
      max={100}
      aria-label={label}
      value={value}
      onChange={(event) => {
        const next = event.currentTarget.valueAsNumber
        onChange(Number.isInteger(next) ? Math.min(100, Math.max(0, next)) : value)
      }}
    />
  )
}
