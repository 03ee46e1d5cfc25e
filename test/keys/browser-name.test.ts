import { expect, it } from 'vitest'
import { nameBrowser } from '#keys/sessions/browser-name'

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'

it.each([
  [CHROME, 'Chrome on Windows'],
  [`${CHROME} Edg/150.0.0.0`, 'Edge on Windows'],
  [`${MAC} Version/26.0 Safari/605.1.15`, 'Safari on macOS'],
  [`${PHONE} CriOS/150.0 Mobile/15E148 Safari/604.1`, 'Chrome on iOS'],
  ['Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox on Android'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['curl/8.14.1', 'curl'],
  [undefined, 'Unknown browser'],
  ['<script>alert(1)</script>', 'Unknown browser'],
])('names the browser of %s in words of our own', (userAgent, name) => {
  expect(nameBrowser(userAgent)).toBe(name)
})
