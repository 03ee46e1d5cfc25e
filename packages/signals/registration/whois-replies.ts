/** The answers of WHOIS servers that hold no data: every registry has its own sentence for each. */

const NO_MATCH = [
  /\bno match\b/i,
  /\bnot found\b/i,
  /\bno (?:entries|data|object|objects|matching record|records?|domain) (?:was |were )?found\b/i,
  /\bnothing found\b/i,
  /\bno such domain\b/i,
  /\b(?:does not|doesn't) exist\b/i,
  /\bis (?:free|available)\b/i,
  /\bstatus: {0,20}(?:free|available)\b/i,
  /\b(?:is )?not (?:been )?registered\b/i,
]

const LIMITED = [
  /\b(?:limit|quota)\b.{0,40}\bexceeded\b/i,
  /\bexceeded\b.{0,60}\b(?:limit|quota|number of|queries|requests)/i,
  /\btoo many (?:requests|queries|connections|lookups)\b/i,
  /\b(?:query|request) rate\b/i,
  /\bexcessive (?:queries|querying|requests)\b/i,
]

const REFUSED = [/\baccess (?:is )?(?:denied|refused)\b/i, /\bnot authori[sz]ed\b/i, /\bblack ?listed\b/i]

/** Long lines are terms of use, which may say anything. */
const LINE_CHARS_MAX = 160
const LINES_MAX = 60

/** The reply must say so in a line of its own, or it is no reply to our question. */
export function isNoMatch(text: string, domain: string): boolean {
  return says(text, NO_MATCH) && (text.length < 400 || text.toLowerCase().includes(domain))
}

export function refusalOf(text: string): 'RATE_LIMITED' | 'REFUSED' | null {
  if (says(text, LIMITED)) return 'RATE_LIMITED'
  return says(text, REFUSED) ? 'REFUSED' : null
}

function says(text: string, patterns: RegExp[]): boolean {
  const lines = text.split(/\r\n|\r|\n/, LINES_MAX).filter((line) => line.length <= LINE_CHARS_MAX)
  return lines.some((line) => patterns.some((pattern) => pattern.test(line)))
}
