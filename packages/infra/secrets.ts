import { CONFIG_KEY_CHARACTERS_MIN } from '#backups/config/key-rules'

export type Secrets = ReturnType<typeof createSecrets>

/**
 * Set each with `sst secret set <Name> <value>`. Nothing deploys without the pepper; without the DSN, errors stay in
 * the logs.
 */
export function createSecrets() {
  return {
    keyPepper: new sst.Secret('KeyPepper'),
    sentryDsn: new sst.Secret('SentryDsn', ''),
    /** Encrypts the settings that a backup stores; without it, secret ones are left out and named. */
    backupKey: longEnough('BackupKey'),
  }
}

/** Refuses a short key while deploying, before the first nightly backup would. */
function longEnough(name: string): sst.Secret {
  const secret = new sst.Secret(name, '')
  secret.value.apply((value) => {
    if (value === '' || value.length >= CONFIG_KEY_CHARACTERS_MIN) return
    throw new Error(`The secret ${name} must have ${CONFIG_KEY_CHARACTERS_MIN} characters or more`)
  })
  return secret
}
