import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readTexts } from '../support/read-texts.ts'

const THIS_FILE = 'test/toolchain/plain-english.test.ts'

/** Expressions that a reader has to read twice, and what says the same plainly. */
const WORDS: [RegExp, string][] = [
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bstands? against\b/i, 'conflicts with'],
  [/\bwho(?:m|so)?ever\b/i, 'name the person or process'],
  [/(?<!\/)\b(?:nobody|somebody)\b/i, 'name the person or process'],
  [/\b(?:of|to|for|with|at) whom\b/i, 'name the person or process'],
  [
    /\bnothing is (?:said|told|known)\b|\b(?:is|are|was) said of\b|\b(?:says?|tells?) nothing of\b/i,
    'say what failed, and what may be fine',
  ],
  [/\basked (?:for )?again\b/i, 'requested again, retried'],
  [/\bhears? (?:of|nothing)\b|\bheard of\b/i, 'is notified, learns'],
  [/\banew\b/i, 'again'],
  [/\bby and by\b/i, 'gradually'],
  [/\bfor want of\b/i, 'for lack of'],
  [/\bin vain\b/i, 'without success'],
  [/\ball the same\b/i, 'still, anyway'],
  [/\b(?:takes?|taken|taking) (?:it |them )?back\b/i, 'roll back, undo, abort'],
  [/\bcomes? again\b/i, 'returns, is delivered again'],
  [/\bwithout a word\b/i, 'silently'],
  [/\bat hand\b/i, 'set, available'],
  [
    /\b(?:hence|thence|whence|lest|ere|hitherto|there(?:of|in|upon)|where(?:of|in|upon)|here(?:by|in)|forthwith)\b/i,
    'use a current word',
  ],
  [/\bmay stand beside\b|\bnot as (?:it|they) should be\b/i, 'say what is wrong'],
]

/** Openings that put the object before the actor. */
const OPENERS: [RegExp, string][] = [
  [
    /^(?:Of|By|From|To|Into) (?:the|that|those|these|an?|all|each|every|both|any|its|it|them)\b/,
    'begin with the actor',
  ],
  [/^(?:Of|By|From|To|Into|With|At|In|On|For) (?:what|which|whom|whose|whoever)\b/, 'begin with the actor'],
  [
    /^(?:Asked|Kept|Held|Told|Left|Taken|Seen|Counted|Chosen|Said) (?!to\b|by\b)/,
    'begin with the actor, not with a participle',
  ],
  [/^What [^.;:?]*, (?:is|are|has|goes|stays|stands|comes|counts)\b/, 'begin with the actor'],
  [/^Who [^?]*$/, 'name the person or process'],
]

const COMMENT_OPENER: [RegExp, string] = [
  /^(?:Of|By|From|In|For|To|With|At|Among|Between|Until)\b/i,
  'begin with the actor, not with a preposition',
]

/** The first sentence that a rule refuses, with what to do; undefined where all are fine. */
function findFault(text: string, kind: 'comment' | 'string' | 'docs'): string | undefined {
  if (!text.includes(' ')) return undefined
  for (const [at, sentence] of text.split(/(?<=[.!?:]) /).entries()) {
    const rules = [...WORDS, ...OPENERS, ...(kind === 'comment' && at === 0 ? [COMMENT_OPENER] : [])]
    const broken = rules.find(([shape]) => shape.test(sentence))
    if (broken !== undefined) return `${sentence} → ${broken[1]}`
  }
  return undefined
}

const lineOf = (source: string, start: number) => source.slice(0, start).split('\n').length

const findInSources = (files: string[]) =>
  files.flatMap((file) => {
    const source = readFileSync(file, 'utf8')
    return readTexts(source).flatMap(({ kind, start, text }) => {
      const fault = findFault(text, kind)
      return fault === undefined ? [] : [`${file}:${lineOf(source, start)}: ${fault}`]
    })
  })

/** The sentences of a page, without its code; each cell of a table is one. */
const readPage = (page: string) =>
  page
    .replace(/^ *```[^]*?^ *```$/gm, '')
    .replace(/`[^`]*`/g, 'code')
    .split(/\n\n|\n(?=\s*(?:[-#|]|\d\.))| \| |\*\*/)
    .map((text) =>
      text
        .replace(/\s+/g, ' ')
        .replace(/^[-#|\d. ]+/, '')
        .trim(),
    )

const findInPages = (files: string[]) =>
  files.flatMap((file) =>
    readPage(readFileSync(file, 'utf8')).flatMap((text) => {
      const fault = findFault(text, 'docs')
      return fault === undefined ? [] : [`${file}: ${fault}`]
    }),
  )

describe('plain English: what is written says the actor first, in words of today', () => {
  it('in the comments, messages and descriptions of the product', () => {
    expect(findInSources(globSync(['packages/**/*.{ts,tsx,mjs}', 'functions/*.ts', '*.ts']))).toEqual([])
  })

  it('in the comments and titles of the tests', () => {
    expect(findInSources(globSync('test/**/*.ts', { exclude: [THIS_FILE, 'test/backups/schemas/*'] }))).toEqual([])
  })

  it('on the pages', () => {
    expect(findInPages(globSync(['*.md', 'docs/**/*.md', 'assertions/*.md', '.env.example']))).toEqual([])
  })
})

describe('the scan itself', () => {
  it.each([
    'What is there already, or is under way, stands against it.',
    'Nothing is said of the backup then.',
    'Mend the fields that error.details lists.',
    'Of the kinds that were asked for, only one is left.',
    'By what it was judged, and how.',
    'The owner wins. Kept for those who come later.',
    'Who waits for it is let in.',
    'The key of whoever made the job.',
  ])('finds "%s"', (text) => {
    expect(findFault(text, 'string')).toBeDefined()
  })

  it.each([
    'Conflicts with existing state or with work in progress.',
    'The proof could not run; the backup itself may be fine.',
    'Fix the fields listed in error.details.',
    'To restore one table, add --table.',
    'By default, the proof runs in the embedded Postgres.',
    'Who may call this route?',
    'We recommend an amendment.',
  ])('takes "%s"', (text) => {
    expect(findFault(text, 'string')).toBeUndefined()
  })

  it('reads comments, strings and templates, and nothing of a regular expression', () => {
    const source =
      "// One\n// comment.\nconst a = /'\\/[/']/.test(b) ? `a ${c ? `${d} e` : ''} f` : 6 / 2 / 3 /* two */\nsay('it\\'s')"
    expect(readTexts(source).map(({ kind, text }) => [kind, text])).toEqual([
      ['comment', 'One comment.'],
      ['string', '{} e'],
      ['string', ''],
      ['string', 'a {} f'],
      ['comment', 'two'],
      ['string', "it's"],
    ])
  })

  it('reads the sentences of a page without its code', () => {
    expect(readPage('# A title\n\nText `code` goes\non.\n\n```\nmend\n```\n\n| a | b |\n| - | - |\n')).toEqual(
      expect.arrayContaining(['A title', 'Text code goes on.', 'a']),
    )
  })
})
