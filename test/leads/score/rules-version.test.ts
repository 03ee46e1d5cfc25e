import { expect, it } from 'vitest'
import * as rules from '#leads/score/rules'
import { NO_EXTRAS, scoreLead } from '#leads/score/score'
import { segmentLead } from '#leads/score/segment'
import { computeStableHash } from '#platform/stable-hash'
import type { Evidence, Present } from '#signals/evidence'
import { FINGERPRINTS } from '#signals/provider/fingerprints'
import { identifyProvider } from '#signals/provider/identify-provider'
import { VOTE_WEIGHTS } from '#signals/provider/votes'
import type { Signals } from '#signals/signals'
import {
  absent,
  dkimOf,
  dmarcOf,
  mxTo,
  present,
  registrationOf,
  sampleSignals,
  spfOf,
  unanswered,
} from '../../support/sample-signals.ts'

const { RULES_VERSION, ...table } = rules

/** Hashes of the released versions. Never edit a line: stored leads carry its number. */
const HASHES: Record<number, string> = {
  1: '5420340d8f827ae8',
}

const spf = spfOf('v=spf1 -all')
const WITH = {
  mx: [
    ...['a.mail.protection.outlook.com', 'aspmx.l.google.com', 'mx.zoho.eu', 'mx.turkticaret.net'].map(mxTo),
    ...['gmail-smtp-in.l.google.com', 'posta.muhtar.gov.tr', 'mail.firma.com.tr', 'mx.nobody.net'].map(mxTo),
    mxTo('mx0a-00000000.pphosted.com'),
    { hosts: [...mxTo('mx.zoho.eu').hosts, { host: 'aspmx.l.google.com', preference: 20 }], nullMx: false },
    { hosts: [], nullMx: true },
  ].map((mx) => present(mx)),
  spf: [
    ...(['valid', 'broken', 'undetermined'] as const).map((verdict) => present(spfOf('v=spf1 -all', verdict))),
    present({ ...spf, includes: ['_spf.google.com'], senders: ['_spf.google.com'] }),
  ],
  dmarc: [
    ...(['reject', 'quarantine', 'none'] as const).map((policy) => present(dmarcOf(policy))),
    present({ ...dmarcOf('none'), effectivePolicy: null }),
  ],
  dkim: [present(dkimOf(['s1'])), present(dkimOf([], [{ selector: 's1', target: 'dkim.zoho.eu' }]))],
  registration: [present(registrationOf()), present(registrationOf({ expiresAt: '2026-12-01T00:00:00Z' }))],
}

/** Verdicts on a few thousand combinations of signals, so that the hash covers the rules in code, too. */
function judgeAll(): object[] {
  const each = <T>(values: Present<T>[]): Evidence<T>[] => [...values, absent(), unanswered()]
  return each(WITH.mx).flatMap((mx) =>
    each(WITH.spf).flatMap((spf) =>
      each(WITH.dmarc).flatMap((dmarc) =>
        each(WITH.dkim).flatMap((dkim) =>
          each(WITH.registration).map((registration) => judge({ mx, spf, dmarc, dkim, registration })),
        ),
      ),
    ),
  )
}

function judge(changes: Partial<Signals>): object {
  const signals = sampleSignals('firma.com.tr', changes)
  const provider = identifyProvider(signals)
  const { value, min, max, breakdown } = scoreLead(signals, provider, NO_EXTRAS)
  const score = { value, min, max, rulesVersion: RULES_VERSION, breakdown }
  const segment = segmentLead({ domain: signals.domain, provider, score, extras: NO_EXTRAS })
  const lines = breakdown.map(({ rule, points, min, max }) => [rule, points, min, max])
  return [provider.mailbox, provider.gateway, value, min, max, lines, segment]
}

it('a changed rule, weight or fingerprint has a new RULES_VERSION, so that rescans and rescore judge again', () => {
  const hash = computeStableHash([table, FINGERPRINTS, VOTE_WEIGHTS, judgeAll()])
  expect(HASHES[RULES_VERSION], `raise RULES_VERSION and add its line: ${RULES_VERSION + 1}: '${hash}'`).toBe(hash)
})

it('no version is left out', () => {
  expect(Object.keys(HASHES).map(Number)).toEqual(Array.from({ length: RULES_VERSION }, (_, at) => at + 1))
})
