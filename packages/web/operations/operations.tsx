/** The state of the service, and what an administrator looks after: keys, alert channels and the audit trail. */
import '#web/operations/operations.css'
import { useAddress } from '#web/frame/address'
import { oneOf, someText } from '#web/frame/fields'
import { Link } from '#web/frame/link.tsx'
import { AuditPart } from '#web/operations/audit.tsx'
import { ChannelsPart } from '#web/operations/channels.tsx'
import { KeysPart } from '#web/operations/keys.tsx'
import { Sessions } from '#web/operations/sessions.tsx'
import { StatePart } from '#web/operations/state.tsx'
import { useOperationsTexts } from '#web/operations/texts'

const PARTS = ['state', 'keys', 'channels', 'audit'] as const

const FIELDS = {
  part: oneOf(PARTS, 'state'),
  /** Filters of the audit trail, and the cursor of its page. */
  actor: someText(200),
  action: someText(100),
  object: someText(300),
  after: someText(1_000),
}

export default function OperationsView() {
  const t = useOperationsTexts()
  const { values, change } = useAddress(FIELDS)
  return (
    <div class="operations">
      <header class="head">
        <h1>{t.title}</h1>
        <nav class="tabs head-actions" aria-label={t.title}>
          {PARTS.map((part) => (
            <Link
              key={part}
              class="tab"
              to={part === 'state' ? '/operations' : `/operations?part=${part}`}
              aria-current={values.part === part ? 'page' : undefined}
              data-focus={`part ${part}`}
            >
              {t.parts[part]}
            </Link>
          ))}
        </nav>
      </header>
      {values.part === 'state' && <StatePart />}
      {values.part === 'keys' && (
        <>
          <KeysPart />
          <Sessions />
        </>
      )}
      {values.part === 'channels' && <ChannelsPart />}
      {values.part === 'audit' && <AuditPart filters={values} change={change} />}
    </div>
  )
}
