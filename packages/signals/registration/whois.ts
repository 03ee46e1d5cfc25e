/** Asks a WHOIS server about a domain and interprets its text. */
import { decodeText } from '#signals/registration/decode'
import type { Finding } from '#signals/registration/facts'
import type { Endpoint } from '#signals/registration/network'
import { RegistryProblem } from '#signals/registration/problem'
import { findRefusal } from '#signals/registration/whois-replies'
import type { AskWhois } from '#signals/registration/whois-query'

interface DomainQuestion {
  server: Endpoint
  query: string
  domain: string
  /** Null when the text says nothing about the domain. */
  read: (text: string, domain: string) => Finding | null
  until: AbortSignal
}

const TIMEOUT_MS = 4_000

/** @throws RegistryProblem */
export async function askWhoisServer(askWhois: AskWhois, question: DomainQuestion): Promise<Finding> {
  const { server, query, domain, read, until } = question
  const octets = await askWhois({ server, query, timeoutMs: TIMEOUT_MS, until })
  const text = decodeText(octets, domain.slice(domain.lastIndexOf('.') + 1))
  const finding = read(text, domain)
  if (finding?.outcome === 'registered') return finding
  const refusal = findRefusal(text)
  if (refusal) throw new RegistryProblem(refusal, 'the server refused the query')
  if (!finding) throw new RegistryProblem('UNREADABLE', 'the text says nothing about the domain')
  return finding
}
