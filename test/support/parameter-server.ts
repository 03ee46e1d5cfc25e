/** As much of Systems Manager as reading parameters takes: one secret below every path. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface ParameterServer {
  url: string
  close(): Promise<void>
}

export async function startParameterServer(name: string, secret: string): Promise<ParameterServer> {
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { Path, WithDecryption } = body as { Path: string; WithDecryption: boolean }
      const Value = WithDecryption ? secret : 'ciphertext'
      response.end(JSON.stringify({ Parameters: [{ Name: `${Path}/${name}`, Type: 'SecureString', Value }] }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
