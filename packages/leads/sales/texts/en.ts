import type { MailTexts, SalesTexts } from '#leads/sales/texts/texts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const elsewhere = (where: string): MailTexts => ({
  clause: (name, sure) => `${sure ? 'has' : 'seems to have'} its e-mail at ${where}${name}`,
  say: (name, sure) => `Your e-mail ${sure ? 'is' : 'seems to be'} at ${where}${name}.`,
  ask: (name) => `How many mailboxes do you have at ${name}, and what do they cost you in a year?`,
})

export const EN: SalesTexts = {
  list: (items) => (items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`),
  date: (isoDate) => {
    const [year, month, day] = isoDate.split('-').map(Number)
    return `${day} ${MONTHS[(month ?? 1) - 1]} ${year}`
  },
  mail: {
    'microsoft-365': {
      clause: (_name, sure) => `${sure ? 'uses' : 'seems to use'} Microsoft 365 for its e-mail`,
      say: (_name, sure) => `Your mailboxes ${sure ? 'are' : 'seem to be'} on Microsoft 365.`,
      ask: () => 'Which Microsoft 365 licences do you use, and when do they renew?',
    },
    google: {
      clause: (name, sure) => `${sure ? 'uses' : 'seems to use'} ${name} for its e-mail`,
      say: (name, sure) => `Your e-mail ${sure ? 'runs' : 'seems to run'} on ${name}.`,
      ask: (name) => `How many people use ${name} at your company, and when does the contract renew?`,
    },
    mailbox: elsewhere(''),
    hosting: elsewhere('the hosting provider '),
    'own-server': {
      clause: (_name, sure) => `${sure ? 'runs' : 'seems to run'} its e-mail on a server under its own name`,
      say: (_name, sure) => `Your e-mail ${sure ? 'runs' : 'seems to run'} on a server under your own name.`,
      ask: () => 'Who looks after your mail server, and when was it last renewed?',
    },
    consumer: {
      clause: (name) => `has its e-mail at ${name}, a service for private use,`,
      say: (name) => `Your e-mail is at ${name}, a service for private use.`,
      ask: (name) => `How do you share the ${name} account in your company today?`,
    },
    'public-sector': elsewhere('the public service '),
    none: {
      clause: () => 'takes no e-mail',
      say: () => 'Your domain takes no e-mail.',
      ask: () => 'Which other domain do you use for e-mail?',
    },
    unknown: {
      clause: () => 'does not show where its e-mail lands',
      say: () => 'We could not see from outside where your e-mail lands.',
      ask: () => 'Where are your mailboxes today, and who looks after them?',
    },
  },
  gateway: {
    filter: (name) => `Incoming messages pass through ${name} first.`,
    forwarder: (name) => `Incoming messages are forwarded to another address by ${name}.`,
  },
  findings: {
    'domain-expired': {
      clause: (date) => `has a registration that ended on ${date}`,
      say: (date) => `The registration of your domain ended on ${date}; e-mail and website can stop at any moment.`,
      ask: 'Who looks after the renewal of your domain?',
    },
    'domain-expiring': {
      clause: (date) => `has a registration that ends on ${date}`,
      say: (date) => `The registration of your domain ends on ${date}; unless it is renewed, e-mail and website stop.`,
      ask: 'Who looks after the renewal of your domain?',
    },
    'spf-absent': {
      clause: () => 'has no SPF record',
      say: () => "There is no SPF record, so receivers cannot tell your servers from a stranger's.",
      ask: 'Which services send e-mail in your name, such as invoicing or newsletters?',
    },
    'spf-broken': {
      clause: () => 'has an SPF record with an error',
      say: () => 'Your SPF record has an error, so receivers may not be able to use it.',
      ask: 'Which services send e-mail in your name, such as invoicing or newsletters?',
    },
    'dmarc-absent': {
      clause: () => 'has no DMARC record',
      say: () => 'There is no DMARC record, so receivers are not told what to do with messages forged in your name.',
      ask: 'Have your customers ever received a forged message in your name?',
    },
    'dmarc-unusable': {
      clause: () => 'has a DMARC record that receivers cannot apply',
      say: () => 'You have a DMARC record, but receivers cannot apply it as it is written.',
      ask: 'Who wrote your DMARC record, and does anyone read its reports?',
    },
    'dmarc-none': {
      clause: () => 'only watches with DMARC',
      say: () => 'Your DMARC policy only watches: messages forged in your name are still delivered.',
      ask: 'Does anyone read your DMARC reports, and what keeps you from a stricter policy?',
    },
    'dkim-absent': {
      clause: () => 'has no DKIM keys',
      say: () => 'No DKIM keys are published, so nobody can verify that your messages come from you.',
      ask: 'Do your messages sometimes end up in the spam folders of your customers?',
    },
  },
  strengths: { 'spf-valid': 'SPF', 'dkim-found': 'DKIM', 'dmarc-enforced': 'DMARC' },
  unchecked: {
    mail: 'where the e-mail lands',
    spf: 'SPF',
    dkim: 'DKIM',
    dmarc: 'DMARC',
    registration: 'when the domain expires',
  },
  outlooks: {
    strong: {
      verdict: 'is a strong candidate for a move to Microsoft 365',
      offer:
        'Companies like yours move to Microsoft 365 Business Premium with us: mailboxes, office programs and protection in one licence, and we carry the old e-mail over.',
      close: 'Shall we take half an hour this week to plan the move together?',
      ask: 'What would have to be true for you to change your e-mail provider this year?',
      reason: 'a strong candidate for a move, who needs mailboxes, office programs and protection together',
    },
    migration: {
      verdict: 'is a candidate for a move to Microsoft 365',
      offer:
        'We can move you to Microsoft 365 Business Standard: mailboxes and office programs in one licence, with the old e-mail carried over.',
      close: 'Would a short call next week suit you, to see what the move would take?',
      ask: 'What bothers you most about your e-mail today?',
      reason: 'a candidate for a move, best begun with mailboxes and office programs',
    },
    'tenant-only': {
      verdict: 'has a Microsoft 365 tenant that its mailboxes could move into',
      offer:
        'You have a Microsoft 365 tenant already, while your mailboxes are elsewhere. We can move them in, so that you pay for one place instead of two.',
      close: 'Shall we look together at what your tenant already includes?',
      ask: 'What do you use your Microsoft 365 tenant for today?',
      reason: 'the tenant is there already, and the mailboxes can move into it',
    },
    existing: {
      verdict: 'is a case for licences and security rather than a move',
      offer: 'You have Microsoft 365 already, so we would look at your security settings and licences with you.',
      close: 'Shall we set a date for a short review of your settings?',
      ask: 'Who looks after your Microsoft 365 settings and licences?',
      reason: 'has Microsoft 365 already; there is no move to sell',
    },
    cold: {
      verdict: 'is not ready for a move yet',
      offer: 'A small beginning is possible with Microsoft 365 Business Basic: mailboxes first, everything else later.',
      close: 'May I send you a one-page summary and ask again in a few months?',
      ask: 'When do you next decide about your e-mail and your budget for it?',
      reason: 'little points to a move today, so a small beginning fits best',
    },
    unclear: {
      verdict: 'needs a closer look before any offer',
      offer: 'Before we suggest anything, we would like to understand how your e-mail is set up.',
      close: 'Could you put me through to the person who looks after your e-mail?',
      ask: 'Which programs do your people read their e-mail with?',
      reason: 'where the e-mail lands is not known, so looking comes before offering',
    },
    weak: {
      verdict: 'gives little reason for a call',
      offer: 'too little points to a move to Microsoft 365',
      close: 'Scan the domain again in a few months; a change raises its score.',
      ask: 'Has anything changed in how your company uses e-mail?',
      reason: 'the score is too low for an offer',
    },
    consumer: {
      verdict: 'is no case for a company offer',
      offer: 'the mailboxes are for private use',
      close: 'If they ask for e-mail under their own name, offer Microsoft 365 Business Basic.',
      ask: 'Would e-mail addresses under your own domain help your business?',
      reason: 'mailboxes for private use; no company offer fits',
    },
    'public-sector': {
      verdict: 'is a public body, which buys by tender',
      offer: 'it is a public body, which buys by tender',
      close: 'Follow the tenders of this body instead of calling.',
      ask: 'Through which tender or framework do you buy e-mail services?',
      reason: 'public bodies buy by tender, not by telephone',
    },
    'mail-provider': {
      verdict: 'belongs to a mail provider and is no single company',
      offer: 'it belongs to a mail provider; the mailboxes below it are its customers’',
      close: 'Ask the contact for the website of their own company and scan that domain.',
      ask: 'Does your company have a domain of its own?',
      reason: 'a mail provider’s own domain; no company offer fits',
    },
    'no-mail': {
      verdict: 'has no mailboxes to move',
      offer: 'the domain takes no e-mail, so there are no mailboxes to move',
      close: 'Look for another domain of the same company and scan that one.',
      ask: 'Do you plan to use this domain for e-mail?',
      reason: 'no e-mail, so nothing to offer',
    },
  },
  tiers: {
    premium: 'Microsoft 365 Business Premium with migration',
    standard: 'Microsoft 365 Business Standard with migration',
    starter: 'Microsoft 365 Business Basic',
    security: 'E-mail security for Microsoft 365',
    review: 'Licence and settings review',
    assessment: 'Assessment of the e-mail set-up',
    none: 'No offer',
  },
  potential: {
    outlook: 'what a lead of this kind usually holds',
    'hosted-mail': 'mailboxes at a hosting provider',
    'own-server': 'a mail server that someone has to look after',
    'other-mailbox': 'mailboxes without an office suite',
    protection: 'protection that can be sold along',
    'has-filter': 'a mail filter that is paid for already',
  },
  urgency: {
    'no-call': 'no call is planned',
    'domain-ends': 'the registration of the domain is about to end or has ended',
    forgeable: 'SPF and DMARC are both weak, so anyone can write in the name of the company',
    candidate: 'a candidate for a move, who should hear from us before a competitor',
    weakness: 'there is something to fix',
    'no-pressure': 'nothing presses',
  },
  oneLiner: ({ domain, clauses, score, provisional }) =>
    `${domain} ${EN.list(clauses)} (${score} of 100 points${provisional ? ', provisional' : ''}).`,
  opening: (domain) =>
    `Hello, I am calling about the e-mail of ${domain}. We looked at what your domain shows in public, and I would like to share it with you in two minutes.`,
  noCall: (domain, why) => `No call is planned for ${domain}: ${why}.`,
  praise: (strengths) => `What we found is in good order: ${strengths}.`,
  notChecked: (what) =>
    `Some points could not be checked from outside today: ${what}. I would like to go through them with you.`,
  decider: 'Who decides about e-mail and office software in your company?',
}
