export const en = {
  title: 'Sign in',
  lead: 'Paste an API key. It is exchanged once for a session; the browser does not keep it.',
  expired: 'Your session has ended. Sign in to go on: what you typed is still there.',
  key: 'API key',
  hint: 'It begins with hk_ and was shown once, when it was created.',
  wrong: 'This is no key of Hunter. A key begins with hk_.',
  refused: 'Hunter does not accept this key. It may be mistyped or revoked.',
  submit: 'Sign in',
  submitting: 'Signing in',
  noKey: 'No key yet?',
  noKeyText: 'npx hunter keys create prints one.',
  promise: 'Which mail a company runs, how well, and how good a lead it is: with the evidence for every word.',
}
