import { copyText } from '#web/frame/copy'
import { useTexts } from '#web/frame/language'
import { State } from '#web/frame/state.tsx'
import { Time } from '#web/frame/time.tsx'
import { type Lead, SIGN_OF_STATE, type SignalKey, writeCommands } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

/** What one signal saw: the records as they were published, who answered, when, and how to ask the same. */
export function Evidence({ lead, signal, hasName = true }: { lead: Lead; signal: SignalKey; hasName?: boolean }) {
  const t = useTexts(leadTexts)
  const { state, records, rcode, resolver, at } = lead.signals[signal]
  const commands = writeCommands(lead, signal)
  return (
    <div class="evidence">
      {hasName && (
        <p class="evidence-name">
          <b>{t.names[signal] ?? signal}</b>
          <State kind={SIGN_OF_STATE[state]}>{t.states[state]}</State>
        </p>
      )}
      {state === 'unknown' && <p class="muted">{t.evidence.lost}</p>}
      {records.map((record) => (
        <Copied key={record} text={record} label={t.evidence.copyRecord} />
      ))}
      <dl class="evidence-facts">
        <div>
          <dt>{t.evidence.rcode}</dt>
          <dd>
            <code>{rcode}</code>
          </dd>
        </div>
        <div>
          <dt>{t.evidence.resolver}</dt>
          <dd>{resolver ? <code>{resolver}</code> : t.evidence.unasked}</dd>
        </div>
        <div>
          <dt>{t.evidence.at}</dt>
          <dd>
            <Time at={at} as="time" />
          </dd>
        </div>
      </dl>
      {commands.map((command) => (
        <Copied key={command} text={command} label={t.evidence.copyCommand} isCommand />
      ))}
    </div>
  )
}

/** A text in one piece, with the button that copies it whole. */
export function Copied({ text, label, isCommand = false }: { text: string; label: string; isCommand?: boolean }) {
  return (
    <div class="copied" data-command={isCommand}>
      <code dir="ltr">{text}</code>
      <button
        type="button"
        class="icon-button"
        aria-label={`${label}: ${text.slice(0, 60)}`}
        title={label}
        onClick={() => void copyText(text)}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" aria-hidden="true">
          <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" stroke-width="1.2" />
        </svg>
      </button>
    </div>
  )
}
