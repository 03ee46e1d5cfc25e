import { useFormat, useTexts } from '#web/frame/language'
import { State } from '#web/frame/state.tsx'
import { Table } from '#web/frame/table.tsx'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'
import type { Lead } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

/** The provider of the mail, how sure that is, and the records that say so. */
export function Provider({ lead: { provider } }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  const list = useLeadsTexts()
  const format = useFormat()
  const { mailbox, gateway, votes, tenants } = provider
  const elsewhere = [
    ...tenants.microsoft365.map((sign) => ({ name: 'Microsoft 365', ...sign })),
    ...tenants.google.map((sign) => ({ name: 'Google', ...sign })),
  ]
  const sure = (confidence: number) => t.provider.sure(format.percent(confidence).replace(/[.,]0/, ''))
  return (
    <section aria-labelledby="provider">
      <h2 id="provider">{t.provider.title}</h2>
      <dl class="facts">
        <div>
          <dt>{t.mailbox}</dt>
          <dd>
            <b>{nameProvider(mailbox.id, list)}</b> <span class="muted">{sure(mailbox.confidence)}</span>
            <br />
            <span class="muted">{mailbox.settled ? t.provider.settled : t.provider.open}</span>
          </dd>
        </div>
        <div>
          <dt>{t.gateway}</dt>
          <dd>
            {gateway ? (
              <>
                <b>{gateway.name}</b> <span class="muted">{sure(gateway.confidence)}</span>
              </>
            ) : (
              <span class="muted">{t.noGateway}</span>
            )}
          </dd>
        </div>
      </dl>
      {votes.length === 0 ? (
        <p class="muted">{t.provider.none}</p>
      ) : (
        <div class="votes">
          <Table
            caption={t.provider.votes}
            headings={[t.provider.signal, t.provider.saw, t.provider.role, { name: t.provider.weight, isNumber: true }]}
          >
            {votes.map((vote) => (
              <tr key={`${vote.role} ${vote.signal} ${vote.evidence} ${vote.fingerprint}`}>
                <td>{t.names[toKey(vote.signal)] ?? vote.signal}</td>
                <td class="wrap">
                  <code>{vote.evidence}</code>
                </td>
                <td class="wrap">
                  {nameProvider(vote.provider, list)}
                  {vote.role === 'gateway' && <span class="muted"> {t.provider.roles.gateway}</span>}
                </td>
                <td data-kind="number">
                  <span class="vote">
                    <Weight value={vote.weight} />
                    {format.number(vote.weight)}
                  </span>
                </td>
              </tr>
            ))}
          </Table>
        </div>
      )}
      {elsewhere.length > 0 && (
        <>
          <h3>{t.provider.tenants}</h3>
          <ul class="tenants">
            {elsewhere.map(({ name, evidence, proves }) => (
              <li key={`${name} ${evidence}`}>
                <State kind={proves ? 'good' : 'part'}>{name}</State>
                <span class="muted">{proves ? t.provider.proves : t.provider.suggests}</span>
                <code>{evidence}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Weight({ value }: { value: number }) {
  return (
    <svg viewBox="0 0 40 6" width="40" height="6" aria-hidden="true">
      <path class="scale-rule" d="M0 3H40" />
      <path class="vote-bar" d={`M0 3H${Math.min(1, value) * 40}`} />
    </svg>
  )
}

/** `mtaSts` → mta_sts, as the signals are named in the answer */
function toKey(signal: string): string {
  return signal.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
