/**
 * Writes what a salesperson needs to know and say about a lead, from its evidence. The same lead gives the same text.
 * Pure.
 */
import { CLOSED_OUTLOOKS, type SalesFacts, readSalesFacts } from '#leads/sales/facts'
import {
  type OfferTier,
  chooseOffer,
  ratePotential,
  sumPotential,
  type Urgency,
  chooseUrgency,
} from '#leads/sales/rules'
import { EN } from '#leads/sales/texts/en'
import type { SalesTexts } from '#leads/sales/texts/texts'
import { TR } from '#leads/sales/texts/tr'
import type { Lead } from '#leads/store'
import type { Domain } from '#signals/normalise'

export const SALES_LANGUAGES = ['tr', 'en'] as const
export type SalesLanguage = (typeof SALES_LANGUAGES)[number]

/** Raise it with every change of a rule or text. */
const SUMMARY_VERSION = 3

export interface SalesSummary {
  domain: Domain
  /** One sentence about the lead. */
  oneLiner: string
  /** Paragraphs separated by empty lines; without a call, the reason and what to do instead. */
  callScript: string
  /** Two to five. */
  discoveryQuestions: string[]
  offerTier: OfferTier
  /** 0 to 100. */
  opportunityPotential: number
  urgency: Urgency
  metadata: SummaryMetadata
}

interface SummaryMetadata {
  language: SalesLanguage
  version: number
  offerName: string
  /** Reasons, in the summary's language. */
  reasons: { offerTier: string; opportunityPotential: string[]; urgency: string }
  segment: string
  priority: number
  score: number
  provisional: boolean
  /** Topics without an answer, in the summary's language; the summary concludes nothing from them. */
  unchecked: string[]
  /** ISO time of the evidence. */
  scannedAt: string
}

const TEXTS: Readonly<Record<SalesLanguage, SalesTexts>> = { tr: TR, en: EN }

/** More would be a lecture. */
const FINDINGS_SAID = 3
const FINDINGS_ASKED = 2

export function writeSalesSummary(lead: Lead, language: SalesLanguage): SalesSummary {
  const texts = TEXTS[language]
  const facts = readSalesFacts(lead)
  const potential = ratePotential(facts)
  const { urgency, reason } = chooseUrgency(facts)
  const offerTier = chooseOffer(facts)
  return {
    domain: lead.domain,
    oneLiner: writeOneLiner(lead, facts, texts),
    callScript: (CLOSED_OUTLOOKS.has(facts.outlook) ? explainNoCall(facts, texts) : writeCallScript(facts, texts)).join(
      '\n\n',
    ),
    discoveryQuestions: listQuestions(facts, texts),
    offerTier,
    opportunityPotential: sumPotential(potential),
    urgency,
    metadata: {
      language,
      version: SUMMARY_VERSION,
      offerName: texts.tiers[offerTier],
      reasons: {
        offerTier: texts.outlooks[facts.outlook].reason,
        opportunityPotential: potential.map(
          ({ reason, points }) => `${texts.potential[reason]}: ${formatSigned(points)}`,
        ),
        urgency: texts.urgency[reason],
      },
      segment: lead.segment.segment,
      priority: lead.segment.priority,
      score: lead.score.value,
      provisional: lead.segment.provisional,
      unchecked: facts.unchecked.map((name) => texts.unchecked[name]),
      scannedAt: lead.signals.at,
    },
  }
}

function writeOneLiner({ score, segment }: Lead, facts: SalesFacts, texts: SalesTexts): string {
  const { domain, outlook, mailbox } = facts
  const [gravest] = CLOSED_OUTLOOKS.has(outlook) ? [] : facts.findings
  const clauses = [
    texts.mail[mailbox.kind].clause(mailbox.name, mailbox.sure),
    ...(gravest ? [texts.findings[gravest].clause(formatExpiry(facts, texts))] : []),
    texts.outlooks[outlook].verdict,
  ]
  return texts.oneLiner({ domain, clauses, score: score.value, provisional: segment.provisional })
}

function writeCallScript(facts: SalesFacts, texts: SalesTexts): string[] {
  const { offer, close } = texts.outlooks[facts.outlook]
  return [texts.opening(facts.domain), writeMailText(facts, texts), writeFindings(facts, texts), offer, close]
}

function explainNoCall({ domain, outlook }: SalesFacts, texts: SalesTexts): string[] {
  return [texts.noCall(domain, texts.outlooks[outlook].offer), texts.outlooks[outlook].close]
}

function writeMailText({ mailbox, gateway }: SalesFacts, texts: SalesTexts): string {
  const mail = texts.mail[mailbox.kind].say(mailbox.name, mailbox.sure)
  return gateway ? `${mail} ${texts.gateway[gateway.kind](gateway.name)}` : mail
}

/** Names what is wrong, or else what is right, and what could not be checked. */
function writeFindings(facts: SalesFacts, texts: SalesTexts): string {
  const { findings, strengths, unchecked } = facts
  const said = findings
    .slice(0, FINDINGS_SAID)
    .map((finding) => texts.findings[finding].say(formatExpiry(facts, texts)))
  if (said.length === 0 && strengths.length > 0) said.push(writePraise(facts, texts))
  if (unchecked.length > 0) said.push(texts.notChecked(texts.list(unchecked.map((name) => texts.unchecked[name]))))
  return said.join(' ')
}

function writePraise({ strengths }: SalesFacts, texts: SalesTexts): string {
  return texts.praise(texts.list(strengths.map((strength) => texts.strengths[strength])))
}

function listQuestions({ outlook, mailbox, findings }: SalesFacts, texts: SalesTexts): string[] {
  if (CLOSED_OUTLOOKS.has(outlook)) return [texts.outlooks[outlook].ask, texts.decider]
  const questions = [
    texts.mail[mailbox.kind].ask(mailbox.name),
    ...findings.slice(0, FINDINGS_ASKED).map((finding) => texts.findings[finding].ask),
    texts.outlooks[outlook].ask,
    texts.decider,
  ]
  return [...new Set(questions)]
}

/** Only findings about the registration use the date, and they always have one. */
function formatExpiry({ expiresOn }: SalesFacts, texts: SalesTexts): string {
  return expiresOn === null ? '' : texts.date(expiresOn)
}

function formatSigned(points: number): string {
  return points < 0 ? `−${-points}` : `+${points}`
}
