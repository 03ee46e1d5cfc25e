/** WHOIS knows no character set: UTF-8 where the octets are that, else the one usual where the registry is. */
export function decodeText(octets: Uint8Array, tld: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return new TextDecoder(tld === 'tr' ? 'windows-1254' : 'windows-1252').decode(octets)
  }
}
