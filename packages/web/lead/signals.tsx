import { useFormat, useTexts } from '#web/frame/language'
import { State } from '#web/frame/state.tsx'
import { Evidence } from '#web/lead/evidence.tsx'
import { type Lead, SIGN_OF_STATE, type SignalKey } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

const STATES = ['present', 'absent', 'unknown'] as const

/** All signals by their three states; each opens its evidence. */
export function Signals({ lead }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  const keys = (Object.keys(t.names) as SignalKey[]).filter((key) => key in lead.signals)
  const count = (state: string) => format.number(keys.filter((key) => lead.signals[key].state === state).length)
  return (
    <section aria-labelledby="signals">
      <h2 id="signals">{t.signals.title}</h2>
      <p class="muted">{t.signals.of(count('present'), count('absent'), count('unknown'))}</p>
      <div class="signals">
        {STATES.flatMap((state) =>
          keys
            .filter((key) => lead.signals[key].state === state)
            .map((key) => <Signal key={key} lead={lead} signal={key} />),
        )}
      </div>
    </section>
  )
}

function Signal({ lead, signal }: { lead: Lead; signal: SignalKey }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  const { state, records, rcode } = lead.signals[signal]
  const [first, ...more] = records
  return (
    <details class="signal">
      <summary>
        <span>{t.names[signal] ?? signal}</span>
        <State kind={SIGN_OF_STATE[state]}>{t.states[state]}</State>
        <span class="signal-record">
          <code dir="ltr">{first ?? rcode}</code>
          {more.length > 0 && <span class="muted"> {t.signals.more(format.number(more.length))}</span>}
        </span>
      </summary>
      <Evidence lead={lead} signal={signal} hasName={false} />
    </details>
  )
}
