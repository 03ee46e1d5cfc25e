import * as fc from './seeded.ts'

const label = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('abcxyz0189-_')), maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom(
    'www',
    'xn--',
    'xn--mller-kva',
    'münchen',
    'ŞİRKET',
    'ı',
    'a'.repeat(63),
    'a'.repeat(64),
    '*',
    '_dmarc',
  ),
)
const suffix = fc.constantFrom(
  'com',
  'com.tr',
  'TR',
  'de',
  'co.uk',
  'net',
  'org',
  'istanbul',
  'com.br',
  'uk.com',
  'xyz',
  'test',
  'local',
  'arpa',
  'рф',
  '한국',
  'c',
  '',
  '0',
)
const domain = fc
  .tuple(fc.array(label, { maxLength: 4 }), suffix, fc.constantFrom('.', '。', '..', '\u3002'))
  .map(([labels, end, dot]) => [...labels, end].join(dot))
const around = fc.constantFrom(
  'http://',
  'HTTPS://u:p@',
  '//',
  'mailto:',
  'info@',
  ' ',
  '\t',
  '[',
  'javascript:',
  '@',
  '',
)
const behind = fc.constantFrom(
  '',
  '.',
  '/',
  '/a?b#c',
  ':443',
  ':99999999',
  ' ',
  '\0',
  '\n',
  ']',
  '\\',
  '%00',
  '?',
  '\u202e',
)

/** What people, spreadsheets and attackers type where a domain is asked for; about a third are domains. */
export const domainString: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        around,
        fc.string({ unit: fc.constantFrom(...Array.from('abcşıöü19')), minLength: 1, maxLength: 12 }),
        fc.constantFrom('.com', '.com.tr', '.İST', '.uk.com'),
        behind,
      )
      .map((parts) => parts.join('')),
  },
  { weight: 6, arbitrary: fc.tuple(around, domain, behind).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.webUrl() },
  { weight: 1, arbitrary: fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended()) },
  { weight: 1, arbitrary: fc.constantFrom('', '__proto__', 'constructor', "'; drop table companies --", '\uD800.com') },
)
