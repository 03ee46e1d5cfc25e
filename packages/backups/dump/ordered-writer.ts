/** A place in the output order; its owner fills it at any time. */
interface Slot {
  /** Resolves when there is room for more. */
  write(chunk: Buffer): Promise<void>
  /** Marks the slot as complete; buffered bytes are written in turn. */
  end(): Promise<void>
  /** Byte range in the output, known once everything before it is written. */
  range(): { start: number; end: number }
}

interface OrderedWriter {
  /** Slots are written in the order of these calls. */
  takeSlot(): Slot
  /** Resolves when every slot is ended and written. */
  flush(): Promise<void>
  /** Rejects every pending call. */
  fail(error: unknown): void
}

interface Place {
  held: Buffer[]
  isEnded: boolean
  start: number
  end: number
}

/**
 * Lets several writers fill one stream concurrently. The first slot in the order writes through; the others buffer up
 * to `budgetBytes` together and then wait. The first slot never waits for them, so the writer always makes progress and
 * its memory stays bounded.
 */
export function createOrderedWriter(
  sink: (chunk: Buffer) => Promise<void>,
  { budgetBytes }: { budgetBytes: number },
): OrderedWriter {
  const places: Place[] = []
  const waiting = new Set<() => void>()
  let heldBytes = 0
  let position = 0
  let failure: { error: unknown } | undefined
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined) // It may fail while no caller awaits it.
  let draining = Promise.resolve()

  function headToWrite(): Place | undefined {
    return failure ? undefined : places[0]
  }

  function mustWait(place: Place): boolean {
    return !failure && heldBytes > budgetBytes && places[0] !== place
  }

  async function drainHeads(): Promise<void> {
    for (let head = headToWrite(); head; head = headToWrite()) {
      for (let chunk = head.held.shift(); chunk; chunk = head.held.shift()) {
        heldBytes -= chunk.length
        if (failure) return
        await sink(chunk)
        position += chunk.length
      }
      wakeAll()
      if (!head.isEnded) return
      head.end = position
      places.shift()
      if (places[0]) places[0].start = position
    }
  }

  /**
   * Runs one drain at a time, which writes everything that is due. A failure rejects at once, even while the sink
   * hangs.
   */
  function drain(): Promise<void> {
    draining = draining.then(drainHeads).catch(fail)
    return Promise.race([draining, failed.promise])
  }

  function fail(error: unknown): void {
    failure ??= { error }
    failed.reject(error)
    wakeAll()
  }

  function wakeAll(): void {
    for (const wake of waiting) wake()
    waiting.clear()
  }

  async function roomFor(place: Place): Promise<void> {
    while (mustWait(place)) await new Promise<void>((resolve) => waiting.add(resolve))
    if (places[0] === place) await drain()
    if (failure) throw failure.error
  }

  function takeSlot(): Slot {
    const place: Place = { held: [], isEnded: false, start: position, end: -1 }
    places.push(place)
    return {
      write: (chunk) => {
        place.held.push(chunk)
        heldBytes += chunk.length
        return roomFor(place)
      },
      end: async () => {
        place.isEnded = true
        if (places[0] === place) await drain()
        if (failure) throw failure.error
      },
      range: () => {
        if (place.end < 0) throw new Error('a part of the dump was not written')
        return { start: place.start, end: place.end }
      },
    }
  }

  async function flush(): Promise<void> {
    await drain()
    if (failure) throw failure.error
    if (places.length > 0) throw new Error('a part of the dump was not finished')
  }

  return { takeSlot, flush, fail }
}
