import type { Database } from '#db/client'
import { silentLog } from '#platform/log'
import type { BatchMessage, BatchQueue, ImportQueue } from '#scans/bulk/batch-message'
import { createCurrentOverrides } from '#scans/cache/current-overrides'
import type { BatchDeps } from '#scans/bulk/process-batch'
import type { MessageDeps } from '#scans/bulk/handle-messages'
import type { Pacer } from '#scans/dns-pacing'
import type { FakeDns } from './fake-dns.ts'
import { TestClock } from './test-clock.ts'

const freeTurns: Pacer = { acquire: async () => undefined }

export function scanDeps(db: Database, dns: FakeDns, changes: Partial<BatchDeps> = {}): BatchDeps {
  const clock = changes.clock ?? new TestClock()
  return {
    db,
    overrides: createCurrentOverrides({ db, clock }),
    dns,
    pacer: freeTurns,
    clock,
    budgetMs: 5_000,
    turnWaitMs: 1_000,
    log: silentLog,
    ...changes,
  }
}

/** Dependencies of a worker that handles messages; a failed message returns when the queue delivers it again. */
export function workerDeps(db: Database, dns: FakeDns, changes: Partial<MessageDeps> = {}): MessageDeps {
  const rest = {
    report: () => undefined,
    changeVisibility: async () => undefined,
    random: () => 0,
    runImport: async () => true,
  }
  return { ...scanDeps(db, dns, changes), ...rest, ...changes }
}

export interface FakeQueue extends BatchQueue, ImportQueue {
  sent: BatchMessage[]
  imports: string[]
  refuse: (message: BatchMessage) => boolean
}

export function createFakeQueue(): FakeQueue {
  const queue: FakeQueue = {
    sent: [],
    imports: [],
    sendImport: async ({ importId }) => void queue.imports.push(importId),
    refuse: () => false,
    async send(messages) {
      const refused = messages.filter((message) => queue.refuse(message))
      queue.sent.push(...messages.filter((message) => !queue.refuse(message)))
      return { refused }
    },
  }
  return queue
}
