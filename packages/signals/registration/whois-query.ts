/** Asks one question over WHOIS (RFC 3912): sends a line, reads text until the server closes the connection. */
import { connect, type Socket } from 'node:net'
import { type Network, pinAddresses, type Endpoint, resolveReachable } from '#signals/registration/network'
import { RegistryProblem } from '#signals/registration/problem'
import { withDeadline } from '#signals/registration/with-deadline'

interface WhoisQuestion {
  server: Endpoint
  /** One line without its end. */
  query: string
  timeoutMs: number
  until: AbortSignal
}

/** Returns the octets as received, at least one. @throws RegistryProblem */
export type AskWhois = (question: WhoisQuestion) => Promise<Buffer>

const BYTES_MAX = 64 * 1024

export function createAskWhois(options: { network: Network; connectTimeoutMs: number }): AskWhois {
  return (question) =>
    withDeadline(question, async (until) => {
      const addresses = await resolveReachable(options.network, question.server, until)
      const socket = connect({
        ...question.server,
        lookup: pinAddresses(addresses),
        autoSelectFamily: true,
        signal: until,
      })
      try {
        return await converse(socket, question.query, options.connectTimeoutMs)
      } finally {
        socket.destroy()
      }
    })
}

async function converse(socket: Socket, query: string, connectTimeoutMs: number): Promise<Buffer> {
  const unconnected = setTimeout(() => {
    socket.destroy(new RegistryProblem('UNREACHABLE', 'the server does not accept the connection'))
  }, connectTimeoutMs)
  socket.once('connect', () => {
    clearTimeout(unconnected)
    socket.write(`${query}\r\n`)
  })
  try {
    return await readAll(socket)
  } catch (cause) {
    if (cause instanceof RegistryProblem) throw cause
    throw new RegistryProblem('UNREACHABLE', 'the connection failed', { cause })
  } finally {
    clearTimeout(unconnected)
  }
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BYTES_MAX) throw new RegistryProblem('UNREADABLE', `more than ${BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  // Some servers answer too many questions by closing the connection silently.
  if (bytes === 0) throw new RegistryProblem('REFUSED', 'the server closed the connection without an answer')
  return Buffer.concat(chunks)
}
