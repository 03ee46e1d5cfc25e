import { useEffect, useState } from 'preact/hooks'
import { usePath } from '#web/frame/address'
import { forgetAnswers } from '#web/frame/answers'
import { api, toFailure } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Empty, Failed } from '#web/frame/blocks.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Time } from '#web/frame/time.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { History } from '#web/lead/history.tsx'
import '#web/lead/lead.css'
import type { Lead } from '#web/lead/model'
import { Points } from '#web/lead/points.tsx'
import { Provider } from '#web/lead/provider.tsx'
import { Sales } from '#web/lead/sales.tsx'
import { Score } from '#web/lead/score.tsx'
import { Signals } from '#web/lead/signals.tsx'
import { leadTexts } from '#web/lead/texts'

export default function LeadView() {
  const domain = usePath().slice('/leads/'.length)
  // another lead is another view: nothing of the last one stays
  return <LeadOf key={domain} domain={decode(domain)} />
}

function LeadOf({ domain }: { domain: string }) {
  const t = useTexts(leadTexts)
  const { data, error, retry } = useAsk(`lead ${domain}`, (signal) =>
    api.get('/leads/{domain}', { params: { domain }, signal }),
  )
  const isGone = error?.code === 'LEAD_NOT_FOUND'
  const rescan = useRescan(domain, retry)
  return (
    <article class="lead">
      <header class="lead-head">
        <p class="lead-back">
          <Link to="/leads">{t.back}</Link>
        </p>
        <div class="head">
          <h1>
            <bdi>{data?.domain ?? domain}</bdi>
          </h1>
          {data?.company && <bdi class="lead-company">{data.company}</bdi>}
          {data && <Actions lead={data} rescan={rescan} />}
        </div>
        {data && <Scanned at={data.scanned_at} />}
      </header>
      {isGone ? (
        <Empty title={t.gone.title}>
          <p class="block-text">{t.gone.text}</p>
          <ScanNow domain={domain} onDone={retry} />
        </Empty>
      ) : error && !data ? (
        <Failed error={error} retry={retry} />
      ) : data ? (
        <Parts lead={data} />
      ) : (
        <Bones />
      )}
    </article>
  )
}

function Parts({ lead }: { lead: Lead }) {
  return (
    <div class="lead-parts">
      <Score lead={lead} />
      <div class="lead-column">
        <Points lead={lead} />
        <Provider lead={lead} />
        <Signals lead={lead} />
      </div>
      <div class="lead-column">
        <Sales lead={lead} />
        <History lead={lead} />
        <Listed lead={lead} />
      </div>
    </div>
  )
}

function Actions({ lead: { domain }, rescan }: { lead: Lead; rescan: ReturnType<typeof useRescan> }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  return (
    <div class="head-actions">
      <a class="button" href={`/api/v1/leads/${encodeURIComponent(domain)}/summary.pdf`} download>
        {t.pdf}
      </a>
      <button
        type="button"
        class="button"
        data-look="main"
        disabled={rescan.seconds !== undefined}
        onClick={rescan.start}
      >
        {rescan.seconds === undefined ? t.rescan : t.scanning(format.number(rescan.seconds))}
      </button>
    </div>
  )
}

/** Counts the seconds of a scan, and says at its end what changed. */
function useRescan(domain: string, onDone: () => void) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  const [seconds, setSeconds] = useState<number>()
  const isRunning = seconds !== undefined
  useEffect(() => {
    if (!isRunning) return undefined
    const timer = setInterval(() => setSeconds((count) => (count === undefined ? count : count + 1)), 1_000)
    return () => clearInterval(timer)
  }, [isRunning])
  const start = async () => {
    setSeconds(0)
    try {
      const input = { params: { domain }, idempotencyKey: crypto.randomUUID() }
      const { data } = await api.post('/leads/{domain}/rescan', input)
      for (const prefix of [`lead ${domain}`, `history ${domain}`, `fixes ${domain}`, `sales ${domain}`])
        forgetAnswers(prefix)
      onDone()
      showToast(t.scannedAgain(format.number(data.changes.length), data.changes.length))
    } catch (thrown) {
      showToast(toFailure(thrown).message, { kind: 'failed' })
    }
    setSeconds(undefined)
  }
  return { seconds, start: () => void start() }
}

function ScanNow({ domain, onDone }: { domain: string; onDone: () => void }) {
  const t = useTexts(leadTexts)
  const [isScanning, setIsScanning] = useState(false)
  const scan = async () => {
    setIsScanning(true)
    try {
      await api.post('/scan/domain', { body: { domain }, idempotencyKey: crypto.randomUUID() })
      onDone()
    } catch (thrown) {
      showToast(toFailure(thrown).message, { kind: 'failed' })
    }
    setIsScanning(false)
  }
  return (
    <button type="button" class="button" data-look="main" disabled={isScanning} onClick={() => void scan()}>
      {t.gone.scan}
    </button>
  )
}

function Scanned({ at }: { at: string }) {
  const t = useTexts(leadTexts)
  return (
    <p class="muted">
      {t.scanned} <Time at={at} as="ago" />
    </p>
  )
}

/** The other columns of the lists that named the company. */
function Listed({ lead: { fields } }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  if (fields.length === 0) return null
  return (
    <section aria-labelledby="listed">
      <h2 id="listed">{t.listed}</h2>
      <dl class="facts">
        {fields.map(({ name, value }) => (
          <div key={name}>
            <dt>
              <bdi>{name}</bdi>
            </dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Bones() {
  return (
    <div class="lead-bones" aria-hidden="true">
      {[30, 46, 38, 52, 41].map((width) => (
        <p key={width}>
          <Bone width={width} />
        </p>
      ))}
    </div>
  )
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
