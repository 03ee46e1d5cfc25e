import { ApiError, createClient } from '#client/client'
import type { ClientOperations, DataOf } from '#client/operations'
import { useAsk } from '#web/frame/ask'
import { useFormat } from '#web/frame/language'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { State } from '#web/frame/state.tsx'
import { useOperationsTexts } from '#web/operations/texts'

type Part = DataOf<ClientOperations['get /healthz/ready']>['parts'][number]

/** Says at once what is down, without the second try that the page gives to other calls. */
const client = createClient({ url: window.location.origin, retries: 0 })

/** The service answers 503 while a part that it needs is down, and still names all parts. */
async function askParts(signal: AbortSignal): Promise<{ data: Part[] }> {
  try {
    const { data } = await client.get('/healthz/ready', { signal })
    return { data: data.parts }
  } catch (error) {
    const parts = error instanceof ApiError ? error.details['parts'] : undefined
    if (!Array.isArray(parts)) throw error
    return { data: parts as Part[] }
  }
}

export function Health() {
  const t = useOperationsTexts()
  const format = useFormat()
  const asked = useAsk('/healthz/ready', askParts)
  return (
    <Panel
      id="health"
      title={t.health.title}
      head={asked.data?.every(({ state }) => state === 'up') && <p class="muted">{t.health.all}</p>}
    >
      <Answer asked={asked}>
        {(parts) => (
          <table class="table">
            <thead class="visually-hidden">
              <tr>
                <th scope="col">{t.health.columns.part}</th>
                <th scope="col">{t.health.columns.state}</th>
                <th scope="col">{t.health.columns.ms}</th>
              </tr>
            </thead>
            <tbody>
              {parts.map(({ name, state, ms }) => (
                <tr key={name}>
                  <th scope="row" class="row-name">
                    {t.health.names[name] ?? name}
                    <span class="row-note">{t.health.notes[name]}</span>
                  </th>
                  <td>
                    <State kind={state === 'up' ? 'good' : 'bad'}>{state === 'up' ? t.health.up : t.health.down}</State>
                  </td>
                  <td data-kind="number" class="muted">
                    {format.duration(ms)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Answer>
    </Panel>
  )
}
