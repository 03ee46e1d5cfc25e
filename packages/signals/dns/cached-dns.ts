/** Answers from cached answers and asks the DNS only for the rest. */
import type { Clock } from '#platform/clock'
import type { Answer, Dns } from '#signals/dns/dns'

/** Keyed by question: the record type, a space and the name, as in `mx firma.com.tr`. */
export type Answers = ReadonlyMap<string, Answer<unknown>>

export interface CachedDns extends Dns {
  /** Every answer given, cached or new. */
  given(): Answers
  /** Number of answers that the DNS was asked for. */
  asked(): number
}

type Method = keyof Dns
type AnyAsk = (name: string, until: AbortSignal) => Promise<Answer<unknown>>

const METHODS = ['a', 'aaaa', 'cname', 'mx', 'ns', 'srv', 'txt'] as const satisfies Method[]

interface CacheDnsDeps {
  dns: Dns
  clock: Clock
  /** Called before each question: false answers it with TIMEOUT instead. Never throws. */
  mayAsk: () => Promise<boolean>
}

export function cacheDns({ dns, clock, mayAsk }: CacheDnsDeps, known: Answers): CachedDns {
  const given = new Map<string, Answer<unknown>>()
  let asked = 0
  const remembering =
    (method: Method): AnyAsk =>
    async (name, until) => {
      const question = `${method} ${name}`
      const ask = async () => {
        if (!(await mayAsk())) return createTimeout(clock)
        asked += 1
        return (dns[method] as AnyAsk)(name, until)
      }
      const answer = known.get(question) ?? (await ask())
      given.set(question, answer)
      return answer
    }
  const asks = Object.fromEntries(METHODS.map((method) => [method, remembering(method)])) as unknown as Dns
  return { ...asks, given: () => given, asked: () => asked }
}

function createTimeout(clock: Clock): Answer<unknown> {
  return { rcode: 'TIMEOUT', records: [], resolver: null, at: clock.now().toISOString() }
}
