/** `scheme://user:password@`; a password with an unescaped `@` or `/` ends at the last `@`. */
const IN_AUTHORITY = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*:)[^\s"]*@/gi
const IN_QUERY = /([?&](?:password|passwd|sslpassword)=)[^&\s"']*/gi

const IN_WORDS = /(?<![?&])\b((?:password|passwd|sslpassword)\s*=\s*)(?:'[^']*'|[^\s'"]+)/gi

/** Removes the passwords from every URL and every `password=…` in a text that is shown or stored. */
export function redactUrls(text: string): string {
  return text.replaceAll(IN_AUTHORITY, '$1***@').replaceAll(IN_QUERY, '$1***').replaceAll(IN_WORDS, '$1***')
}
