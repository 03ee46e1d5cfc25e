import type { Database } from '#db/client'
import { runInTransaction } from '#db/transaction'
import { type Lead, lockCompanies, saveLeads } from '#leads/store'
import { NO_EXTRAS } from '#leads/score/score'
import { choosePriority, type Segment } from '#leads/score/segment'
import { NO_TENANTS, sampleSignals } from './sample-signals.ts'

interface SampleLead {
  domain: string
  score: number
  segment: Segment
  mailbox: string
  at: string
}

export function sampleLead(changes: Partial<SampleLead> = {}): Lead {
  const { domain, score, segment, mailbox, at } = {
    domain: 'firma.com.tr',
    score: 75,
    segment: 'Migration' as const,
    mailbox: 'google',
    at: '2026-11-20T00:00:00.000Z',
    ...changes,
  }
  const signals = sampleSignals(domain, { at })
  return {
    domain: signals.domain,
    signals,
    extras: NO_EXTRAS,
    provider: {
      mailbox: { id: mailbox, name: mailbox, kind: 'mailbox', confidence: 1, settled: true },
      gateway: null,
      votes: [],
      tenants: NO_TENANTS,
    },
    score: { value: score, min: score, max: score, rulesVersion: 1, breakdown: [] },
    segment: { segment, priority: choosePriority(segment, score), reason: 'score', provisional: false },
    inputHash: null,
  }
}

export async function keepLead(db: Database, lead: Lead): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const findId = await lockCompanies(tx, [{ domain: lead.domain, at: new Date(lead.signals.at) }])
    await saveLeads(tx, [{ companyId: findId(lead.domain), lead }])
  })
}
