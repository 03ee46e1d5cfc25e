import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

export interface Tap {
  /** What a client's bytes hold. */
  text: string
  /** Runs once, before they go on. Bytes that it returns go in their place. */
  run: (bytes: Buffer) => Promise<Buffer | void> | Buffer | void
  /** Every time. */
  always?: boolean
}

/** Starts a proxy in front of a server; it passes on a client's message after the tap has acted. */
export async function tapServer(serverUrl: string, taps: Tap[]): Promise<{ url: string; close: () => void }> {
  const { hostname, port } = new URL(serverUrl)
  const waiting = new Set(taps)
  const proxy = createServer((socket) => {
    const upstream = connect(Number(port), hostname)
    for (const end of [socket, upstream]) end.on('error', () => undefined)
    upstream.pipe(socket)
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    let before = Promise.resolve()
    socket.on('data', (bytes) => {
      before = before.then(async () => {
        let sent: Buffer = bytes
        for (const tap of waiting) {
          if (!bytes.includes(tap.text)) continue
          if (!tap.always) waiting.delete(tap)
          sent = (await tap.run(sent)) ?? sent
        }
        upstream.write(sent)
      })
    })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return { url: Object.assign(new URL(serverUrl), { host }).href, close: () => proxy.close() }
}
