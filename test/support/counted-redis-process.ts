/** The embedded Redis below a process of its own, which counts its requests: forked, it tells its URL, then its counts. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createEngine } from '#emulators/redis/engine'
import { createRestServer } from '#emulators/redis/rest'
import { Store } from '#emulators/redis/store'
import { systemClock } from '#platform/clock'

const plain = createEngine(new Store(systemClock))
let requests = 0
const engine = {
  run: (commands: string[][]) => ((requests += 1), plain.run(commands)),
  transaction: (commands: string[][]) => ((requests += 1), plain.transaction(commands)),
}
const server = createRestServer({ token: 'bench', engine }).listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
process.on('message', () => process.send?.({ requests }))
