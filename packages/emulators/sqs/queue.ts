/** A standard queue in memory: visibility timeouts, dead letters, long polls, and the order of a fair queue. */
import { createHash, randomUUID } from 'node:crypto'
import { chooseTenant, type Tenant } from '#emulators/sqs/fair-order'

export interface Message {
  id: string
  body: string
  md5: string
  /** Its tenant; a message without one is a tenant of its own. */
  group?: string | undefined
  sentMs: number
  receives: number
  firstReceivedMs?: number
}

export interface Received {
  message: Message
  /** Receipt handle of this delivery. */
  handle: string
}

interface QueueOptions {
  visibilityMs: number
  /** A message with this many receives goes to `queue` on its next turn. */
  deadLetters?: { queue: Queue; maxReceives: number }
  nowMs?: () => number
}

interface Hidden {
  message: Message
  sinceMs: number
  untilMs: number
}

/** Period over which a tenant's use of consumers counts. */
const RECENT_MS = 5 * 60_000

export class Queue {
  readonly options: QueueOptions
  readonly #nowMs: () => number
  /** Messages by tenant, in the order in which the tenants began to wait. */
  readonly #waiting = new Map<string, Message[]>()
  readonly #hidden = new Map<string, Hidden>()
  /** Times of consumers that have finished. */
  #past: { group: string; sinceMs: number; untilMs: number }[] = []
  readonly #pollers = new Set<() => void>()

  constructor(options: QueueOptions) {
    this.options = options
    this.#nowMs = options.nowMs ?? Date.now
  }

  get visible(): number {
    this.#showExpired()
    return [...this.#waiting.values()].reduce((sum, messages) => sum + messages.length, 0)
  }

  get inFlight(): number {
    this.#showExpired()
    return this.#hidden.size
  }

  send(body: string, group?: string): Message {
    const md5 = createHash('md5').update(body).digest('hex')
    const message: Message = { id: randomUUID(), body, md5, group, sentMs: this.#nowMs(), receives: 0 }
    this.#add(message)
    return message
  }

  receive(max: number, visibilityMs = this.options.visibilityMs): Received[] {
    this.#showExpired()
    const received: Received[] = []
    while (received.length < max) {
      const message = this.#takeNext()
      if (!message) break
      if (this.#giveUp(message)) continue
      const sinceMs = this.#nowMs()
      message.receives += 1
      message.firstReceivedMs ??= sinceMs
      const handle = randomUUID()
      this.#hidden.set(handle, { message, sinceMs, untilMs: sinceMs + visibilityMs })
      received.push({ message, handle })
    }
    return received
  }

  /** Does the same, but waits for a message until the timeout or `signal`. */
  async poll(max: number, waitMs: number, signal: AbortSignal, visibilityMs?: number): Promise<Received[]> {
    const untilMs = this.#nowMs() + waitMs
    for (;;) {
      if (signal.aborted) return []
      const received = this.receive(max, visibilityMs)
      const leftMs = untilMs - this.#nowMs()
      if (received.length > 0 || leftMs <= 0) return received
      await this.#change(leftMs, signal)
    }
  }

  /** Ignores a stale or unknown handle, as SQS does. */
  remove(handle: string): void {
    this.#end(handle)
  }

  /** Returns false when the message is not in flight. */
  hide(handle: string, ms: number): boolean {
    this.#showExpired()
    const hidden = this.#hidden.get(handle)
    if (!hidden) return false
    hidden.untilMs = this.#nowMs() + ms
    this.#wake()
    return true
  }

  /** Ends every poll. */
  close(): void {
    this.#wake()
  }

  #add(message: Message): void {
    const tenant = nameTenant(message)
    const messages = this.#waiting.get(tenant)
    if (messages) messages.push(message)
    else this.#waiting.set(tenant, [message])
    this.#wake()
  }

  #takeNext(): Message | undefined {
    const all = this.#tenants()
    const waiting = [...this.#waiting.keys()].map((group) => all.get(group) ?? { group, inFlight: 0, busyMs: 0 })
    const chosen = chooseTenant(waiting, [...all.values()])
    const messages = chosen === undefined ? undefined : this.#waiting.get(chosen)
    const message = messages?.shift()
    if (chosen !== undefined && messages?.length === 0) this.#waiting.delete(chosen)
    return message
  }

  #giveUp(message: Message): boolean {
    const { deadLetters } = this.options
    if (!deadLetters || message.receives < deadLetters.maxReceives) return false
    deadLetters.queue.#add(message)
    return true
  }

  #tenants(): Map<string, Tenant> {
    const nowMs = this.#nowMs()
    const recentMs = nowMs - RECENT_MS
    this.#past = this.#past.filter(({ untilMs }) => untilMs > recentMs)
    const tenants = new Map<string, Tenant>()
    const count = (group: string, busyMs: number, inFlight: number) => {
      const tenant = tenants.get(group) ?? { group, inFlight: 0, busyMs: 0 }
      tenants.set(group, { group, inFlight: tenant.inFlight + inFlight, busyMs: tenant.busyMs + busyMs })
    }
    for (const { group, sinceMs, untilMs } of this.#past) count(group, untilMs - Math.max(sinceMs, recentMs), 0)
    // A delivery counts from its first moment.
    for (const { message, sinceMs } of this.#hidden.values()) count(nameTenant(message), nowMs - sinceMs + 1, 1)
    return tenants
  }

  #showExpired(): void {
    const nowMs = this.#nowMs()
    for (const [handle, { message, untilMs }] of this.#hidden) {
      if (untilMs > nowMs) continue
      this.#end(handle)
      this.#add(message)
    }
  }

  #end(handle: string): void {
    const hidden = this.#hidden.get(handle)
    if (!hidden) return
    this.#hidden.delete(handle)
    this.#past.push({ group: nameTenant(hidden.message), sinceMs: hidden.sinceMs, untilMs: this.#nowMs() })
  }

  #wake(): void {
    for (const wake of this.#pollers) wake()
  }

  /** Resolves when a message may have become visible. */
  async #change(leftMs: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#nowMs()
    const nextMs = Math.min(leftMs, ...[...this.#hidden.values()].map(({ untilMs }) => untilMs - nowMs))
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.max(1, nextMs))
    this.#pollers.add(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    this.#pollers.delete(resolve)
    clearTimeout(timer)
  }
}

function nameTenant({ group, id }: Message): string {
  return group === undefined ? `message ${id}` : `group ${group}`
}
