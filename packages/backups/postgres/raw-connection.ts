import type { Socket } from 'node:net'
import type { Client } from 'pg'

/** Parts of node-postgres's connection that its types leave out. */
export interface RawConnection {
  /** Of TLS, where the server wants it. */
  stream: Socket
  /** Sends a simple query. */
  query(text: string): void
  on(event: 'parameterStatus', listener: (status: { parameterName: string; parameterValue: string }) => void): void
}

export function rawConnection(client: Client): RawConnection {
  return (client as unknown as { connection: RawConnection }).connection
}
