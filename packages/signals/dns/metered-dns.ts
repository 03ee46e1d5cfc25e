/** Gives one scan its view of the DNS: asks each question once, limits how many run at once, and counts them all. */
import pLimit from 'p-limit'
import type { Answer, Dns } from '#signals/dns/dns'

/** An ordinary scan takes two rounds; more at once fills the queues of a shared resolver. */
export const QUESTIONS_AT_ONCE = 16

interface MeteredDns extends Dns {
  /** Questions so far. */
  asked(): number
}

type Method = keyof Dns
type AnyAsk = (name: string, until: AbortSignal) => Promise<Answer<unknown>>

export function meterDns(dns: Dns): MeteredDns {
  const limit = pLimit(QUESTIONS_AT_ONCE)
  const answers = new Map<string, Promise<Answer<unknown>>>()
  const metered =
    (method: Method): AnyAsk =>
    (name, until) => {
      const question = `${method} ${name}`
      const earlier = answers.get(question)
      if (earlier) return earlier
      const answer = limit(() => (dns[method] as AnyAsk)(name, until))
      answers.set(question, answer)
      return answer
    }
  const methods = ['a', 'aaaa', 'cname', 'mx', 'ns', 'srv', 'txt'] as const satisfies Method[]
  const asks = Object.fromEntries(methods.map((method) => [method, metered(method)])) as unknown as Dns
  return { ...asks, asked: () => answers.size }
}
