/** Who filters a domain's mail (`gateway`) and where it lands (`mailbox`), decided by votes that are all kept. */
import type { SignalName } from '#signals/signals'

/** What the score and the segment look at. */
export type MailboxKind =
  | 'microsoft-365'
  | 'google'
  | 'mailbox' // another provider of mailboxes: Yandex, Zoho, …
  | 'hosting'
  | 'own-server'
  | 'consumer'
  | 'public-sector'
  | 'none' // takes no mail
  | 'unknown'

export interface Vote {
  role: 'mailbox' | 'gateway'
  /** Identifier of the provider, e.g. `microsoft-365`, `yandex`, `proofpoint`, `own-server`. */
  provider: string
  signal: SignalName
  /** 0 to 1: how much this alone convinces. */
  weight: number
  /** What was seen: a host or an SPF domain. */
  evidence: string
  /** The fingerprint that it matched. */
  fingerprint: string
}

export interface MailboxVerdict {
  /** Identifier of the provider; `own-server`, `none` and `unknown` are verdicts too. */
  id: string
  name: string
  kind: MailboxKind
  /** 0 to 1, two decimals; 0 when unknown. */
  confidence: number
  /** False while a signal that did not answer could still change the verdict. */
  settled: boolean
}

export interface GatewayVerdict {
  id: string
  name: string
  /** A `forwarder` only passes mail on to an address elsewhere. */
  kind: 'filter' | 'forwarder'
  confidence: number
}

export interface ProviderVerdict {
  mailbox: MailboxVerdict
  gateway: GatewayVerdict | null
  votes: Vote[]
}
