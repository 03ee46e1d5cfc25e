import type { Socket } from 'node:net'
import type { Client } from 'pg'

/** Members of node-postgres's connection that its types omit. */
interface RawConnection {
  /** The TLS stream, when the connection uses TLS. */
  stream: Socket
  /** Sends a simple query. */
  query(text: string): void
  on(event: 'parameterStatus', listener: (status: { parameterName: string; parameterValue: string }) => void): void
}

export function getRawConnection(client: Client): RawConnection {
  return (client as unknown as { connection: RawConnection }).connection
}
