/** Names of files that usually hold secrets; example files are excluded. */
const SECRET_NAMES =
  /(?:^|\/)(?:\.env(?:\.[^/]+)?|[^/]*\.env|\.npmrc|\.netrc|\.pgpass|id_[a-z0-9]+|[^/]*\.(?:pem|key|p12|pfx|jks|keystore))$/i
const SECRET_WORDS = /(?:^|[/._-])[^/]*(?:secret|credential|password|passwd|token)[^/]*$/i
const EXAMPLES = /\.(?:example|sample|template|dist)$/i

/** A secret's name with a value after it, in JSON, YAML, TOML or `NAME=value`. */
const SECRET_VALUES =
  /(?:secret|token|pass|pwd|auth|credential|pepper|dsn|(?:api|access|private|signing|encryption|account|client|shared|backup|["'_-])[_-]?key)[a-z0-9_-]*["']?\s*[:=]\s*["']?[^\s"',;{[]{3,}/i
/** Secrets with a recognisable format: AWS, GitHub, Slack and Stripe keys, and JSON web tokens. */
const KNOWN_SECRETS =
  /\b(?:AKIA[0-9A-Z]{16}|gh[a-z]_[0-9a-z]{30}|xox[a-z]-[0-9a-z-]{10}|[rs]k_live_[0-9a-z]{10}|eyJ[0-9a-z_-]{10,}\.eyJ)/i
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const PASSWORD_IN_URL = /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i

/** True when a file may hold secrets and must be encrypted. Errs on the side of true. */
export function mayHoldSecrets(name: string, contents: Buffer): boolean {
  const isExample = EXAMPLES.test(name)
  if (!isExample && (SECRET_NAMES.test(name) || SECRET_WORDS.test(name))) return true
  if (contents.includes(0)) return true // Binary file: it may be a key store.
  const text = contents.toString('utf8')
  if (PRIVATE_KEY.test(text) || KNOWN_SECRETS.test(text)) return true
  return !isExample && (SECRET_VALUES.test(text) || PASSWORD_IN_URL.test(text))
}
