/** Measures how long each DNS question takes, whatever its outcome. */
import type { Answer, Dns } from '#signals/dns/dns'

type AnyAsk = (name: string, until: AbortSignal) => Promise<Answer<unknown>>

export function timeDns(dns: Dns, onAnswer: (seconds: number) => void): Dns {
  const timed =
    (ask: AnyAsk): AnyAsk =>
    async (name, until) => {
      const startedMs = performance.now()
      const answer = await ask(name, until)
      onAnswer((performance.now() - startedMs) / 1_000)
      return answer
    }
  return Object.fromEntries(
    Object.entries(dns).map(([method, ask]) => [method, timed(ask as AnyAsk)]),
  ) as unknown as Dns
}
