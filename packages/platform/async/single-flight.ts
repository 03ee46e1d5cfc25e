/** Work that several callers need at the same moment is done once for all of them. */
export interface Flights<T> {
  /** Joins the work under way for `key` if that ends in time for the caller, else does its own. */
  join(key: string, untilMs: number, work: () => Promise<T>): Promise<T>
  /** Does the work whatever is under way; whoever joins from now on gets this one. */
  start(key: string, untilMs: number, work: () => Promise<T>): Promise<T>
}

/** A failure is for those who wait for it, and nothing is kept of it. */
export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, { untilMs: number; result: Promise<T> }>()

  const start = (key: string, untilMs: number, work: () => Promise<T>): Promise<T> => {
    const mine = { untilMs, result: work() }
    flights.set(key, mine)
    const land = () => {
      if (flights.get(key) === mine) flights.delete(key)
    }
    mine.result.then(land, land)
    return mine.result
  }
  return {
    start,
    join(key, untilMs, work) {
      const flight = flights.get(key)
      if (!flight) return start(key, untilMs, work)
      return flight.untilMs <= untilMs ? flight.result : work()
    },
  }
}
