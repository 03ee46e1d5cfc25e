/** The alerts package owns channels and the delivery of alerts. This file sends everything that is due. */
import type { OpenChannel, Outcome, SendMessage } from '#alerts/message'
import {
  type ChannelRow,
  type ClaimedQueue,
  claimQueue,
  noteOutcome,
  type OutboxDeps,
  releaseQueue,
  takeMessage,
  type TakenMessage,
} from '#alerts/outbox'
import type { Log } from '#platform/log'

export interface DeliverDeps extends OutboxDeps {
  log: Log
  send: SendMessage
  /** Decrypts the address and the secrets. @throws when they were encrypted with another pepper */
  open: (row: ChannelRow, now: Date) => OpenChannel
  wait: (ms: number) => Promise<unknown>
}

export interface DeliveryReport {
  /** Messages. */
  sent: number
  failed: number
}

/** Slow addresses hold a place each; more of them than that delay others for as long as one message takes. */
const ADDRESSES_AT_ONCE = 32
/** An address with more waiting gives way to others, and comes back. */
const MESSAGES_A_TURN = 100

/** Sends until nothing is due or `until` has come; each address on its own, one message at a time. */
export async function deliverDue(deps: DeliverDeps, { until }: { until: Date }): Promise<DeliveryReport> {
  const report: DeliveryReport = { sent: 0, failed: 0 }
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  for (;;) {
    const mayClaim = failures.length === 0 && running.size < ADDRESSES_AT_ONCE && deps.clock.now() < until
    const queue = mayClaim ? await claimQueue(deps).catch((error: unknown) => void failures.push(error)) : undefined
    if (queue) {
      const turn: Promise<void> = sendQueue(deps, { queue, until, report })
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(turn))
      running.add(turn)
    } else if (running.size > 0) await Promise.race(running)
    else break
  }
  if (failures.length > 0) throw failures[0]
  return report
}

async function sendQueue(
  deps: DeliverDeps,
  { queue, until, report }: { queue: ClaimedQueue; until: Date; report: DeliveryReport },
): Promise<void> {
  for (let turn = 0; turn < MESSAGES_A_TURN && deps.clock.now() < until; turn += 1) {
    const taken = await takeMessage(deps, queue)
    if (!taken) break
    const outcome = await sendTaken(deps, taken)
    report[outcome.kind] += 1
    const restMs = await noteOutcome(deps, { queue, taken, outcome })
    logOutcome(deps.log, taken, outcome)
    if (restMs > 0) await deps.wait(restMs)
  }
  await releaseQueue(deps, queue)
}

/** A fault of our own is tried later like any other: an update may repair it. */
async function sendTaken({ open, send, log }: DeliverDeps, { channel, message }: TakenMessage): Promise<Outcome> {
  try {
    return await send(open(channel, message.at), message)
  } catch (error) {
    log.error('alert_not_sent', { channel: channel.id, delivery: message.id, error })
    return { kind: 'failed', status: null, reason: 'Hunter could not build the message.', next: 'retry' }
  }
}

function logOutcome(log: Log, { channel, message }: TakenMessage, outcome: Outcome): void {
  const { kind, status } = outcome
  const reason = outcome.kind === 'failed' ? outcome.reason : undefined
  const facts = { channel: channel.id, delivery: message.id, alerts: message.alerts.length, status, reason }
  log[kind === 'sent' ? 'info' : 'warn'](kind === 'sent' ? 'alert_sent' : 'alert_failed', facts)
}
