/** Takes the password out of a URL: other users may read units and crontabs. */
export function takePassword(text: string): { text: string; hadPassword: boolean } {
  if (!/^postgres(?:ql)?:\/\//i.test(text) || !URL.canParse(text)) return { text, hadPassword: false }
  const url = new URL(text)
  const hadPassword = url.password !== '' || url.searchParams.has('password')
  if (!hadPassword) return { text, hadPassword }
  url.password = ''
  url.searchParams.delete('password')
  return { text: url.href, hadPassword }
}
