import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FaultyTcp {
  /** The URL with our port in it. */
  urlOf(url: string): string
  /** Called with every piece that a server sends, and how many bytes it sent before; true breaks that connection. */
  breaks: (piece: Buffer, sentBytes: number) => boolean
  close(): Promise<void>
}

/** Stands between a client and the server of a URL, and breaks connections as it is told to. */
export async function startFaultyTcp(serverUrl: string): Promise<FaultyTcp> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(serverUrl).port), '127.0.0.1')
    for (const socket of [client, upstream]) open.add(socket.on('error', () => undefined))
    const end = () => [client, upstream].forEach((socket) => open.delete(socket.destroy()))
    // a client that has gone takes its server's side along, even if its own end is never reported
    client
      .on('close', end)
      .on('end', () => upstream.destroySoon())
      .pipe(upstream)
    let sentBytes = 0
    upstream.on('close', end).on('data', (piece: Buffer) => {
      if (proxy.breaks(piece, sentBytes)) {
        client.resetAndDestroy()
        upstream.destroy()
        return
      }
      sentBytes += piece.length
      if (!client.write(piece)) {
        upstream.pause()
        client.once('drain', () => upstream.resume())
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: FaultyTcp = {
    urlOf: (url) => {
      const ours = new URL(url)
      ours.port = String((server.address() as AddressInfo).port)
      return ours.href
    },
    breaks: () => false,
    close: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
