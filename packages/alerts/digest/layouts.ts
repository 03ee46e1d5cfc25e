/** Lays a digest out as plain text and as HTML for mail clients. Pure. */
import type { DigestRow, DigestText, SectionText } from '#alerts/digest/write-digest'
import { escapeHtml } from '#alerts/send/escape-html'
import { type Footer, formatFooter } from '#alerts/send/mail-footer'

export function layOutText(digest: DigestText, footer: Footer): string {
  const { title, period, warning, sections, backup, quiet } = digest
  const parts = [
    `${title}\n${period}`,
    warning,
    ...sections.map(layOutTextSection),
    quiet,
    backup,
    formatFooter(footer),
  ]
  return `${parts.filter((part) => part !== null).join('\n\n')}\n`
}

function layOutTextSection({ heading, summary, rows, more }: SectionText): string {
  const lines = rows.map(({ name, company, detail }) => `- ${company ? `${name} (${company})` : name}: ${detail}`)
  const rest = more === null ? [] : [more.url === null ? more.text : `${more.text}: ${more.url}`]
  return [heading, ...(summary === null ? [] : [summary]), ...lines, ...rest].join('\n')
}

/**
 * Mail clients read tables and inline styles. Some know `prefers-color-scheme` and take these colours; others make dark
 * ones of the light ones by themselves.
 */
const DARK = `:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #111827 !important; }
  .card { background: #1f2937 !important; }
  .ink { color: #f9fafb !important; }
  .soft { color: #9ca3af !important; }
  .line { border-color: #374151 !important; }
  .warning { background: #78350f !important; color: #fef3c7 !important; }
}`

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const INK = 'color:#111827'
const SOFT = 'color:#6b7280'
const TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'

/** `language`: of the text, so that screen readers pronounce it. */
export function layOutHtml(digest: DigestText, footer: Footer, language: string): string {
  const { subject, title, period, warning, sections, backup, quiet } = digest
  const rows = [
    `<h1 class="ink" style="margin:0;font-size:20px;line-height:28px;${INK}">${escapeHtml(title)}</h1>
<p class="soft" style="margin:4px 0 0;font-size:13px;line-height:20px;${SOFT}">${escapeHtml(period)}</p>`,
    ...(warning === null ? [] : [layOutWarning(warning)]),
    ...sections.map(layOutHtmlSection),
    ...(quiet === null ? [] : [layOutLine(quiet)]),
    ...(backup === null ? [] : [layOutLine(backup)]),
    layOutFooter(footer),
  ]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>
${DARK}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6;${FONT}">
<table class="page" ${TABLE} style="background:#f3f4f6"><tr><td align="center" style="padding:24px 12px">
<table class="card" role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background:#ffffff;border-radius:8px">
${rows.map((row, at) => `<tr><td style="padding:${at === 0 ? 24 : 0}px 24px 20px;${FONT}">${row}</td></tr>`).join('\n')}
</table>
</td></tr></table>
</body>
</html>
`
}

function layOutWarning(text: string): string {
  return `<table ${TABLE}><tr><td class="warning" style="padding:12px 16px;background:#fef3c7;color:#78350f;border-radius:6px;font-size:14px;line-height:20px">${escapeHtml(text)}</td></tr></table>`
}

function layOutLine(text: string): string {
  return `<p class="soft" style="margin:0;font-size:14px;line-height:20px;${SOFT}">${escapeHtml(text)}</p>`
}

function layOutHtmlSection({ heading, summary, rows, more }: SectionText): string {
  const note =
    summary === null
      ? ''
      : `<p class="soft" style="margin:0 0 8px;font-size:13px;line-height:20px;${SOFT}">${escapeHtml(summary)}</p>\n`
  return `<h2 class="ink" style="margin:0 0 4px;font-size:16px;line-height:24px;${INK}">${escapeHtml(heading)}</h2>
${note}<table ${TABLE}>
${[...rows.map(layOutRow), ...(more === null ? [] : [layOutMore(more)])].join('\n')}
</table>`
}

/** Long names break anywhere: a phone is narrower than some domains. */
const CELL = 'padding:8px 0;border-top:1px solid #e5e7eb;font-size:14px;line-height:20px;word-break:break-word'

function layOutRow({ name, company, detail, url }: DigestRow): string {
  const words =
    url === null
      ? escapeHtml(name)
      : layOutLink({ text: name, url }, `class="ink" style="${INK};text-decoration-color:#9ca3af"`)
  const known = company === null ? '' : ` <span class="soft" style="${SOFT}">${escapeHtml(company)}</span>`
  return `<tr><td class="line" style="${CELL}"><b class="ink" style="${INK}">${words}</b>${known}<br><span class="soft" style="${SOFT}">${escapeHtml(detail)}</span></td></tr>`
}

function layOutMore({ text, url }: NonNullable<SectionText['more']>): string {
  const words = url === null ? escapeHtml(text) : layOutLink({ text, url }, `class="soft" style="${SOFT}"`)
  return `<tr><td class="line soft" style="${CELL};${SOFT}">${words}</td></tr>`
}

function layOutFooter({ text, unsubscribe }: Footer): string {
  const link = unsubscribe ? `<br>${layOutLink(unsubscribe, `class="soft" style="${SOFT}"`)}` : ''
  return `<p class="line soft" style="margin:0;padding:12px 0 0;border-top:1px solid #e5e7eb;font-size:12px;line-height:18px;${SOFT}">${escapeHtml(text)}${link}</p>`
}

function layOutLink({ text, url }: { text: string; url: string }, look: string): string {
  return `<a href="${escapeHtml(url)}" ${look}>${escapeHtml(text)}</a>`
}
