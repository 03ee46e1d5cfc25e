const NEAR = ['localhost', '127.0.0.1']

/**
 * Returns the origin that answers to the caller: `https://api.example.com`. The gateway of `npm start` has no TLS. A name
 * with other characters than a host has could end a line of a shell and begin a command.
 */
export function findOrigin({ host, hostname }: URL): string {
  const safe = /^[\w.-]+(?::\d+)?$/.test(host) ? host : 'localhost'
  return `${NEAR.includes(hostname) ? 'http' : 'https'}://${safe}`
}
