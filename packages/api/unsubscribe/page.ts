/** Writes the pages for people who unsubscribe. They have no script and load nothing. */
import { createHash } from 'node:crypto'
import type { ChannelLanguage } from '#alerts/message'

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1b1e1c, #eef0ea); --paper: light-dark(#fbfaf6, #121a16) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto 0; padding: 0 1.5rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.45rem; line-height: 1.3 }
button { font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: 4px; color: #fff; background: #14614e; cursor: pointer }
button:focus-visible { outline: 2px solid #14614e; outline-offset: 2px }
`

const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
export const PAGE_POLICY = `default-src 'none'; style-src ${STYLE_SOURCE}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

const TEXTS = {
  en: {
    ask: {
      title: 'Unsubscribe from Hunter?',
      text: 'Hunter sends alerts to your e-mail address. Press the button to get no more of them.',
    },
    done: {
      title: 'You are unsubscribed',
      text: 'Hunter sends nothing more from this channel to your address. It cannot start again without a code that only you receive.',
    },
    refused: {
      title: 'This link does not work',
      text: 'Use the link in your newest mail from Hunter, or ask its administrator to remove your address.',
    },
    button: 'Unsubscribe',
  },
  tr: {
    ask: {
      title: 'Hunter aboneliğinden çıkılsın mı?',
      text: 'Hunter e-posta adresinize uyarı gönderiyor. Artık almak istemiyorsanız düğmeye basın.',
    },
    done: {
      title: 'Abonelikten çıktınız',
      text: 'Hunter bu kanaldan adresinize artık e-posta göndermeyecek. Yeniden başlaması için size gelecek bir kodu sizin vermeniz gerekir.',
    },
    refused: {
      title: 'Bu bağlantı çalışmıyor',
      text: 'Hunter’dan gelen en yeni e-postadaki bağlantıyı kullanın ya da yöneticisinden adresinizi silmesini isteyin.',
    },
    button: 'Abonelikten çık',
  },
} as const satisfies Record<ChannelLanguage, object>

export type PageName = 'ask' | 'done' | 'refused'

/** A form without an action sends to the address of its page. */
export function writePage(name: PageName, language: ChannelLanguage): string {
  const { [name]: page, button } = TEXTS[language]
  const form = `<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>${button}</button></form>\n`
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${page.title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${page.title}</h1>
<p>${page.text}</p>
${name === 'ask' ? form : ''}</main>
</body>
</html>
`
}
