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
      ask: () => 'Who looks after your mail server, and when was it last replaced?',
    },
    consumer: {
      clause: (name) => `has its e-mail at ${name}, a service for private use,`,
      say: (name) => `Your e-mail is at ${name}, a service for private use.`,
      ask: (name) => `How do you share the ${name} account in your company today?`,
    },
    'public-sector': elsewhere('the public service '),
    none: {
      clause: () => 'accepts no e-mail',
      say: () => 'Your domain accepts no e-mail.',
      ask: () => 'Which other domain do you use for e-mail?',
    },
    unknown: {
      clause: () => 'does not show who hosts its e-mail',
      say: () => 'We could not see from outside who hosts your e-mail.',
      ask: () => 'Where are your mailboxes today, and who looks after them?',
    },
  },
  gateway: {
    filter: (name) => `Incoming messages pass through ${name} first.`,
    forwarder: (name) => `Incoming messages are forwarded to another address by ${name}.`,
  },
  findings: {
    'domain-expired': {
      clause: (date) => `has a registration that expired on ${date}`,
      say: (date) =>
        `The registration of your domain expired on ${date}; your e-mail and website can stop at any moment.`,
      ask: 'Who takes care of renewing your domain?',
    },
    'domain-expiring': {
      clause: (date) => `has a registration that expires on ${date}`,
      say: (date) =>
        `The registration of your domain expires on ${date}; unless you renew it, your e-mail and website will stop.`,
      ask: 'Who takes care of renewing your domain?',
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
      say: () => 'There is no DMARC record, so receivers do not know what to do with messages forged in your name.',
      ask: 'Have your customers ever received a forged message in your name?',
    },
    'dmarc-unusable': {
      clause: () => 'has a DMARC record that receivers cannot apply',
      say: () => 'You have a DMARC record, but receivers cannot apply it as it is written.',
      ask: 'Who wrote your DMARC record, and does anyone read its reports?',
    },
    'dmarc-none': {
      clause: () => 'only monitors with DMARC',
      say: () => 'Your DMARC policy only monitors: messages forged in your name are still delivered.',
      ask: 'Does anyone read your DMARC reports, and what keeps you from a stricter policy?',
    },
    'dkim-absent': {
      clause: () => 'has no DKIM keys',
      say: () => 'Your domain publishes no DKIM keys, so receivers cannot verify that your messages come from you.',
      ask: 'Do your messages sometimes end up in the spam folders of your customers?',
    },
  },
  strengths: { 'spf-valid': 'SPF', 'dkim-found': 'DKIM', 'dmarc-enforced': 'DMARC' },
  unchecked: {
    mail: 'who hosts the e-mail',
    spf: 'SPF',
    dkim: 'DKIM',
    dmarc: 'DMARC',
    registration: 'when the domain expires',
  },
  outlooks: {
    strong: {
      verdict: 'is a strong candidate for a move to Microsoft 365',
      offer:
        'Companies like yours move to Microsoft 365 Business Premium with us: mailboxes, office apps and protection in one licence, and we bring your old e-mail along.',
      close: 'Could we take half an hour this week to plan the move together?',
      ask: 'What would have to be true for you to change your e-mail provider this year?',
      reason: 'a strong candidate for a move that needs mailboxes, office apps and protection together',
    },
    migration: {
      verdict: 'is a candidate for a move to Microsoft 365',
      offer:
        'We can move you to Microsoft 365 Business Standard: mailboxes and office apps in one licence, and we bring your old e-mail along.',
      close: 'Would a short call next week work for you, to see what the move would take?',
      ask: 'What bothers you most about your e-mail today?',
      reason: 'a candidate for a move, best started with mailboxes and office apps',
    },
    'tenant-only': {
      verdict: 'has a Microsoft 365 tenant that its mailboxes could move into',
      offer:
        'You already have a Microsoft 365 tenant, but your mailboxes are elsewhere. We can move them in, so that you pay for one service instead of two.',
      close: 'Shall we look together at what your tenant already includes?',
      ask: 'What do you use your Microsoft 365 tenant for today?',
      reason: 'the tenant already exists, and the mailboxes can move into it',
    },
    existing: {
      verdict: 'is a case for licences and security rather than a move',
      offer: 'You already use Microsoft 365, so we would like to review your security settings and licences with you.',
      close: 'Shall we set a date for a short review of your settings?',
      ask: 'Who looks after your Microsoft 365 settings and licences?',
      reason: 'already uses Microsoft 365, so there is no move to sell',
    },
    cold: {
      verdict: 'is not ready for a move yet',
      offer: 'You could start small with Microsoft 365 Business Basic: mailboxes first, everything else later.',
      close: 'May I send you a one-page summary and ask again in a few months?',
      ask: 'When will you next decide on your e-mail and its budget?',
      reason: 'few signs point to a move today, so a small start fits best',
    },
    unclear: {
      verdict: 'needs a closer look before any offer',
      offer: 'Before we suggest anything, we would like to understand how your e-mail is set up.',
      close: 'Could you put me through to the person who looks after your e-mail?',
      ask: 'Which programs do your people use to read their e-mail?',
      reason: 'the host of the e-mail is unknown, so an assessment comes before an offer',
    },
    weak: {
      verdict: 'gives little reason for a call',
      offer: 'few signs point to a move to Microsoft 365',
      close: 'Scan the domain again in a few months; a change may raise its score.',
      ask: 'Has anything changed in how your company uses e-mail?',
      reason: 'the score is too low for an offer',
    },
    consumer: {
      verdict: 'is not a fit for a business offer',
      offer: 'the mailboxes are for private use',
      close: 'If they ask for e-mail under their own name, offer Microsoft 365 Business Basic.',
      ask: 'Would e-mail addresses under your own domain help your business?',
      reason: 'mailboxes for private use; no business offer fits',
    },
    'public-sector': {
      verdict: 'is a public body, which buys by tender',
      offer: 'it is a public body, which buys by tender',
      close: 'Follow the tenders of this body instead of calling.',
      ask: 'Through which tender or framework do you buy e-mail services?',
      reason: 'public bodies buy by tender, not by telephone',
    },
    'mail-provider': {
      verdict: 'belongs to a mail provider, not to a single company',
      offer: 'it belongs to a mail provider, and its mailboxes belong to the provider’s customers',
      close: 'Ask your contact for their own company’s website and scan that domain.',
      ask: 'Does your company have a domain of its own?',
      reason: 'a mail provider’s own domain; no business offer fits',
    },
    'no-mail': {
      verdict: 'has no mailboxes to move',
      offer: 'the domain accepts no e-mail, so there are no mailboxes to move',
      close: 'Look for another domain of the same company and scan that one.',
      ask: 'Do you plan to use this domain for e-mail?',
      reason: 'no e-mail, so there is nothing to offer',
    },
  },
  tiers: {
    premium: 'Microsoft 365 Business Premium with migration',
    standard: 'Microsoft 365 Business Standard with migration',
    starter: 'Microsoft 365 Business Basic',
    security: 'E-mail security for Microsoft 365',
    review: 'Licence and settings review',
    assessment: 'Assessment of the e-mail setup',
    none: 'No offer',
  },
  potential: {
    outlook: 'base value of a lead of this kind',
    'hosted-mail': 'mailboxes at a hosting provider',
    'own-server': 'a mail server that someone has to look after',
    'other-mailbox': 'mailboxes without an office suite',
    protection: 'protection that we can sell along with it',
    'has-filter': 'a mail filter that the company already pays for',
  },
  urgency: {
    'no-call': 'no call is planned',
    'domain-ends': 'the registration of the domain expires soon or has expired',
    forgeable: 'SPF and DMARC are both weak, so anyone can send e-mail in the company’s name',
    candidate: 'a candidate for a move that should hear from us before a competitor',
    weakness: 'there is something to fix',
    'no-pressure': 'nothing is urgent',
  },
  oneLiner: ({ domain, clauses, score, provisional }) =>
    `${domain} ${EN.list(clauses)} (${score} of 100 points${provisional ? ', provisional' : ''}).`,
  opening: (domain) =>
    `Hello, I am calling about the e-mail of ${domain}. We looked at the public records of your domain, and I would like to take two minutes to share what we found.`,
  noCall: (domain, why) => `No call is planned for ${domain}: ${why}.`,
  praise: (strengths) => `The records that we found are in good order: ${strengths}.`,
  notChecked: (what) =>
    `Some points could not be checked from outside today: ${what}. I would like to go through them with you.`,
  decider: 'Who decides on e-mail and office software in your company?',
}
