/** Listens on UDP and TCP at one port of 127.0.0.1, as DNS requires. */
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TCPServer, UDPServer } from 'dns2'
import { AppError, getErrorMessage } from '#platform/errors'

export const HOST = '127.0.0.1'

interface DnsSockets {
  udp: UDPServer
  tcp: TCPServer
}

interface Listening {
  port: number
  /** Also ends open connections. */
  close(): Promise<void>
}

/** A bulk scan sends hundreds of questions at once; each one that the default buffer drops costs a second. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** A free TCP port may be taken for UDP. */
const TRIES = 5

/** @throws AppError PART_FAILED when the port is taken; `wanted` 0 asks for any port that is free for both. */
export async function listenOnOnePort(sockets: DnsSockets, wanted: number): Promise<Listening> {
  const connections = trackConnections(sockets.tcp)
  let failure: unknown
  for (let tries = wanted === 0 ? TRIES : 1; tries > 0; tries -= 1) {
    try {
      const port = await bindBoth(sockets, wanted)
      return { port, close: () => closeBoth(sockets, connections) }
    } catch (error) {
      failure = error
    }
  }
  const message = `the local DNS cannot listen on ${HOST}:${wanted}: ${getErrorMessage(failure)}`
  throw new AppError('PART_FAILED', message, { cause: failure })
}

async function bindBoth({ udp, tcp }: DnsSockets, wanted: number): Promise<number> {
  const server: Server = tcp
  server.listen(wanted, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    udp.bind(port, HOST)
    await once(udp, 'listening')
  } catch (error) {
    server.close()
    await once(server, 'close')
    throw error
  }
  udp.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  // Ignores network errors about answers to clients that have left.
  udp.on('error', () => undefined)
  return port
}

function trackConnections(tcp: Server): Set<Socket> {
  const connections = new Set<Socket>()
  tcp.on('connection', (socket) => {
    connections.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => connections.delete(socket))
  })
  return connections
}

async function closeBoth({ udp, tcp }: DnsSockets, connections: Set<Socket>): Promise<void> {
  const closed = Promise.all([once(udp, 'close'), once(tcp, 'close')])
  udp.close()
  tcp.close()
  for (const connection of connections) connection.destroy()
  await closed
}
