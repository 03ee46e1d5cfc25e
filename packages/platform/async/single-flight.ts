/** Shares work that several callers need at the same moment. */
export interface Flights<T> {
  /** Joins the current work for `key` if it ends in time for the caller, otherwise starts its own. */
  join(key: string, untilMs: number, work: () => Promise<T>): Promise<T>
  /** Starts the work even while other work for `key` is going on; later callers join this one. */
  start(key: string, untilMs: number, work: () => Promise<T>): Promise<T>
}

/** A failure reaches the callers that wait for it, and is not cached. */
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
