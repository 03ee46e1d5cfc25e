import { Client, type ClientConfig } from 'pg'
import { findPassword, type Login } from '#platform/password-file'

/** Members of node-postgres's client that its types leave out. */
interface UntypedMembers {
  password: string | null | ((login: Login) => Promise<string>)
  connection: { once(event: 'error', listener: () => void): void; stream: { destroy(): void } }
}

/**
 * node-postgres's client with our own reader of the password file, since its own is deprecated. Closes the connection
 * at once when a login fails on our side; otherwise it stays open until the server gives up a minute later.
 */
export class ServerClient extends Client {
  constructor(config: ClientConfig = {}) {
    super(config)
    const unseen = this as unknown as UntypedMembers
    unseen.connection.once('error', () => unseen.connection.stream.destroy())
    unseen.password ??= (login) => findPassword(process.env, login)
  }
}
