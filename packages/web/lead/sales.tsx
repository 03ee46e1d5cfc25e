import { useState } from 'preact/hooks'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { copyText } from '#web/frame/copy'
import { language, useFormat, useTexts } from '#web/frame/language'
import type { Lead } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'
import { texts } from '#web/texts/texts'

const LANGUAGES = ['tr', 'en'] as const

/** What to say, in the language of the customer, whatever the page's is. */
export function Sales({ lead: { domain, scanned_at: scannedAt } }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  const [spoken, setSpoken] = useState(language.get())
  const { data, error, retry } = useAsk(`sales ${domain} ${spoken} ${scannedAt}`, (signal) =>
    api.get('/leads/{domain}/sales-summary', { params: { domain }, language: spoken, signal }),
  )
  return (
    <section class="sales" aria-labelledby="sales">
      <header class="sales-head">
        <h2 id="sales">{t.sales.title}</h2>
        <div class="tabs" role="group" aria-label={t.sales.language}>
          {LANGUAGES.map((one) => (
            <button
              key={one}
              type="button"
              class="tab"
              lang={one}
              aria-pressed={one === spoken}
              onClick={() => setSpoken(one)}
            >
              {t.sales.languages[one]}
            </button>
          ))}
        </div>
      </header>
      {error && !data ? (
        <Failed error={error} retry={retry} />
      ) : !data ? (
        <Bone width={32} />
      ) : (
        <div lang={data.metadata.language}>
          <Part title={t.sales.oneLiner} text={data.one_liner} look="lead" />
          <dl class="sales-facts" lang={language.get()}>
            <div>
              <dt>{t.sales.offer}</dt>
              <dd lang={data.metadata.language}>{data.metadata.offer_name}</dd>
            </div>
            <div>
              <dt>{t.sales.potential}</dt>
              <dd>{format.number(data.opportunity_potential)}</dd>
            </div>
            <div>
              <dt>{t.sales.urgency}</dt>
              <dd title={data.metadata.reasons.urgency}>{t.sales.urgencies[data.urgency]}</dd>
            </div>
          </dl>
          <Part title={t.sales.script} text={data.call_script} />
          <Part title={t.sales.questions} text={data.discovery_questions.join('\n')} items={data.discovery_questions} />
          {data.metadata.unchecked.length > 0 && (
            <p class="muted">{t.sales.unchecked(data.metadata.unchecked.join(', '))}</p>
          )}
        </div>
      )}
    </section>
  )
}

interface PartProps {
  title: string
  text: string
  items?: string[]
  look?: 'lead'
}

function Part({ title, text, items, look }: PartProps) {
  const t = useTexts(leadTexts)
  const frame = useTexts(texts)
  return (
    <div class="sales-part" data-look={look}>
      <header lang={language.get()}>
        <h3>{title}</h3>
        <button
          type="button"
          class="button"
          data-look="quiet"
          aria-label={t.sales.copy(title)}
          onClick={() => void copyText(text)}
        >
          {frame.copy}
        </button>
      </header>
      {items ? (
        <ol>
          {items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ol>
      ) : (
        text.split(/\n+/).map((paragraph) => <p key={paragraph}>{paragraph}</p>)
      )}
    </div>
  )
}
