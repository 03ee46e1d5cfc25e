import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface HangingTcp {
  /** The URL with our port in it. */
  urlOf(url: string): string
  /** Called with every piece that a client sends; true: the proxy passes on nothing more, and closes nothing. */
  hangsAt: (piece: Buffer) => boolean
  /** Connections are taken and nothing is passed on, in either direction. */
  hang(): void
  /** New connections work. Those from before do not, where `forgets` says so: a router on the way has lost them. */
  resume(options: { forgets: boolean }): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  upstream: Socket
  isHung: boolean
  held: (() => void)[]
}

/** Stands between a client and the server of a URL, and falls silent as it is told to. */
export async function startHangingTcp(serverUrl: string): Promise<HangingTcp> {
  const pairs = new Set<Pair>()
  let isHanging = false
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(serverUrl).port), '127.0.0.1')
    const pair: Pair = { client, upstream, isHung: isHanging, held: [] }
    pairs.add(pair)
    const pass = (piece: Buffer, to: Socket) => {
      if (to === upstream && proxy.hangsAt(piece)) pair.isHung = true
      if (pair.isHung) pair.held.push(() => to.write(piece))
      else to.write(piece)
    }
    const end = () => {
      for (const socket of [client, upstream]) socket.destroy()
      pairs.delete(pair)
    }
    for (const socket of [client, upstream]) socket.on('error', () => undefined).on('close', end)
    client.on('data', (piece: Buffer) => pass(piece, upstream))
    upstream.on('data', (piece: Buffer) => pass(piece, client))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: HangingTcp = {
    urlOf: (url) => {
      const ours = new URL(url)
      ours.port = String((server.address() as AddressInfo).port)
      return ours.href
    },
    hangsAt: () => false,
    hang() {
      isHanging = true
      for (const pair of pairs) pair.isHung = true
    },
    resume({ forgets }) {
      isHanging = false
      for (const pair of forgets ? [] : pairs) {
        pair.isHung = false
        for (const send of pair.held.splice(0)) send()
      }
    },
    close: async () => {
      for (const { client, upstream } of pairs) [client, upstream].forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
