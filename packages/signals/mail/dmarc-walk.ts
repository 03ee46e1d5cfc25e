/**
 * Finds the DMARC record that applies to a name: its own, or else its organisation's, or else the public suffix's (RFC
 * 9989 sections 4.10 and 4.10.1). Does not check where reports may go (RFC 9990 section 4), since that changes no
 * policy.
 */
import { deriveSubdomainPolicy, isDmarc, parseDmarc } from '#signals/mail/dmarc'
import type { Answer, Dns } from '#signals/dns/dns'
import { type Absent, type Evidence, createPresent, type Unknown, judgeAbsence } from '#signals/evidence'
import type { Dmarc } from '#signals/signals'

/** Limit of one walk, the first question included. */
const DMARC_WALK_QUERIES_MAX = 8

interface DmarcQuestion {
  /** Any host name in lower case. */
  name: string
  /** True when the name exists in the DNS at all; an inherited `np` depends on it. */
  exists: () => Promise<boolean>
  until: AbortSignal
}

interface Step {
  domain: string
  answer: Answer<string>
  /** The record at the name, when there is exactly one. */
  dmarc: Dmarc | null
}

export async function readDmarc(dns: Dns, { name, exists, until }: DmarcQuestion): Promise<Evidence<Dmarc>> {
  const own = await lookAt(dns, name, until)
  if (own.dmarc) return createPresent(own.answer, [own.dmarc.record], own.dmarc)
  const nothing = judgeAbsence(own.answer, own.answer.records)
  if (nothing.state === 'unknown') return nothing
  const walk = await walkUp(dns, own, until)
  if ('state' in walk) return walk
  const severalRecords = own.answer.records.filter(isDmarc).length > 1
  const found = chooseRecord(walk)
  if (!found) return severalRecords ? rejectSeveralRecords(own) : nothing
  const dmarc = deriveSubdomainPolicy(found.dmarc, { exists: await exists() })
  return createPresent(found.answer, [dmarc.record], { ...dmarc, source: found.source, severalRecords })
}

/** Lists the names to ask after the first; a name of eight labels or more continues with its last seven. */
export function listNamesAbove(name: string): string[] {
  const labels = name.split('.')
  const above = labels.slice(Math.max(1, labels.length - (DMARC_WALK_QUERIES_MAX - 1)))
  return above.map((_, at) => above.slice(at).join('.'))
}

/**
 * Returns the records above, nearest first, or `Unknown` when a name did not answer: its record might be the one that
 * applies.
 */
async function walkUp(dns: Dns, own: Step, until: AbortSignal): Promise<Step[] | Unknown> {
  const found: Step[] = []
  for (const domain of listNamesAbove(own.domain)) {
    const step = await lookAt(dns, domain, until)
    const failure = judgeAbsence(step.answer, [])
    if (failure.state === 'unknown') return failure
    if (!step.dmarc) continue
    found.push(step)
    if (step.dmarc.psd !== 'u') break
  }
  return found
}

async function lookAt(dns: Dns, domain: string, until: AbortSignal): Promise<Step> {
  const name = `_dmarc.${domain}`
  const answer = await dns.txt(name, until)
  const [record, ...others] = answer.records.filter(isDmarc)
  const dmarc = record === undefined || others.length > 0 ? null : parseDmarc(name, record)
  return { domain, answer, dmarc }
}

interface Choice {
  dmarc: Dmarc
  answer: Answer<string>
  source: Dmarc['source']
}

/** A walk stops at `psd=n` or `psd=y`, so only its last record can have either. */
function chooseRecord(found: Step[]): Choice | null {
  const last = found.at(-1)
  if (!last?.dmarc) return null
  if (last.dmarc.psd !== 'y') return createChoice(last, 'organisational-domain')
  // The organisation is one label below the public suffix; its own record takes precedence.
  const labels = last.domain.split('.').length + 1
  const organisation = found.find(({ domain }) => domain.split('.').length === labels)
  return organisation ? createChoice(organisation, 'organisational-domain') : createChoice(last, 'public-suffix')
}

function createChoice({ dmarc, answer }: Step, source: Dmarc['source']): Choice | null {
  return dmarc && { dmarc, answer, source }
}

/** Receivers apply none of several records (RFC 9989 section 4.10). */
function rejectSeveralRecords({ domain, answer }: Step): Evidence<Dmarc> | Absent {
  const records = answer.records.filter(isDmarc)
  const dmarc = parseDmarc(`_dmarc.${domain}`, records[0] ?? '')
  return createPresent(answer, records, { ...dmarc, policy: null, effectivePolicy: null, severalRecords: true })
}
