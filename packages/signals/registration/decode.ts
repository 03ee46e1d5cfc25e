/** WHOIS has no character set: decodes as UTF-8 where that is valid, otherwise with the registry's usual one. */
export function decodeText(octets: Uint8Array, tld: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return new TextDecoder(tld === 'tr' ? 'windows-1254' : 'windows-1252').decode(octets)
  }
}
