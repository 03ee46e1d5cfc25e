/** A URL without its password: what is in a unit or a crontab, other users may read. */
export function takePassword(text: string): { text: string; hadPassword: boolean } {
  if (!/^postgres(?:ql)?:\/\//i.test(text) || !URL.canParse(text)) return { text, hadPassword: false }
  const url = new URL(text)
  const hadPassword = url.password !== '' || url.searchParams.has('password')
  if (!hadPassword) return { text, hadPassword }
  url.password = ''
  url.searchParams.delete('password')
  return { text: url.href, hadPassword }
}
