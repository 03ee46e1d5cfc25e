/** The words of the PDF that each language must have; a missing entry does not compile. */
import type { Urgency } from '#leads/sales/rules'
import type { Segment, SegmentReason } from '#leads/score/segment'
import type { MailboxKind } from '#signals/provider/fingerprints'
import type { IpFacts, SpfProblem } from '#signals/signals'

export interface PdfTexts {
  /** Title of the document, for the window and the reader's list. */
  title: (domain: string) => string
  kind: string
  score: string
  outOf: string
  /** Captions of the scale: all is known, what is unknown cannot move the score, or the score is open between two values. */
  settled: string
  unmoved: string
  range: (min: number, max: number) => string
  /** What the scale says to a person who hears it. */
  scale: (score: { value: number; min: number; max: number }) => string
  priority: (priority: number) => string
  provisional: string
  segments: Record<Segment, string>
  segmentReasons: Record<SegmentReason, string>
  facts: {
    segment: string
    priority: string
    mailbox: string
    gateway: string
    noGateway: string
    offer: string
    potential: string
    urgency: string
    sure: (percent: number) => string
  }
  /** Kinds of mailbox that belong to no provider with a name. */
  unnamed: Partial<Record<MailboxKind, string>>
  urgencies: Record<Urgency, string>
  breakdown: { heading: string; open: (min: string, max: string) => string }
  /** The keys are rules, such as `dmarc.none`. A rule that is missing here shows its name. */
  rules: Readonly<Record<string, string>>
  spfProblems: Record<SpfProblem, string>
  /** Phrases of the evidence that are words, not records. */
  phrases: readonly [pattern: RegExp, text: string][]
  expires: (date: string) => string
  fixes: { heading: string; none: string; notChecked: (topics: string) => string }
  callScript: string
  noCall: string
  questions: string
  listed: { heading: string; emailDomain: string }
  networks: { heading: string; sources: Record<IpFacts['source'], string>; notAnnounced: string }
  records: { heading: string; more: (count: number) => string }
  scannedAt: (date: string, time: string) => string
  rulesVersion: (version: number) => string
  page: (page: number, pages: number) => string
}
