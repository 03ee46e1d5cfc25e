import { en as leads } from '#web/leads/en'

/** The texts of the first view. `tr.ts` has the type of this object, so a text that it lacks does not compile. */
export const en = {
  views: {
    leads: 'Leads',
    dashboard: 'Dashboard',
    backups: 'Backups',
    operations: 'Operations',
    reference: 'API reference',
  },
  navigation: 'Views',
  skip: 'Skip to the content',
  language: 'Language',
  scheme: 'Colours',
  schemes: { system: 'Auto', light: 'Light', dark: 'Dark' },
  close: 'Close',
  cancel: 'Cancel',
  retry: 'Try again',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'The browser did not allow the copy. Select the text and copy it yourself.',
  loading: 'Loading',
  failed: 'This did not work',
  requestId: 'Request',
  retryAfter: (duration: string) => `Try again in ${duration}.`,
  score: (value: number, min: number, max: number) =>
    min === max
      ? `Score ${value} of 100`
      : `Score ${value} of 100, between ${min} and ${max} while answers are missing`,
  failures: {
    UNREACHABLE: {
      title: 'Hunter does not answer',
      text: 'The network or the service is away. What you see may be old; nothing that you typed is lost.',
    },
    RATE_LIMITED: {
      title: 'Too many requests',
      text: 'Your key has used its requests for this minute.',
    },
    SCOPE_MISSING: {
      title: 'Your key may not do this',
      text: 'An administrator can give it the scope, or sign in with another key.',
    },
    INTERNAL: {
      title: 'Hunter made a mistake',
      text: 'The operators find what happened by the id of the request.',
    },
  },
  help: {
    title: 'Keys',
    open: 'Keys',
    show: 'Show the keys',
    goTo: (view: string) => `Go to ${view}`,
  },
  lost: {
    title: 'There is no such page',
    text: 'The address is wrong, or the page has moved.',
    next: 'Go to the leads',
  },
  signOut: 'Sign out',
  settings: 'Settings',
  leads,
}
