import { CONFIG_KEY_CHARACTERS_MIN } from '#backups/config/key-rules'

export type Secrets = ReturnType<typeof createSecrets>

/** Set with `sst secret set <Name> <value>`. Without the pepper nothing deploys; without the DSN errors stay in the logs. */
export function createSecrets() {
  return {
    keyPepper: new sst.Secret('KeyPepper'),
    sentryDsn: new sst.Secret('SentryDsn', ''),
    /** Encrypts the settings that are kept beside a backup; without it, secret ones are left out and named. */
    backupKey: longEnough('BackupKey'),
  }
}

/** Refused here rather than by the first backup at night. */
function longEnough(name: string): sst.Secret {
  const secret = new sst.Secret(name, '')
  secret.value.apply((value) => {
    if (value === '' || value.length >= CONFIG_KEY_CHARACTERS_MIN) return
    throw new Error(`The secret ${name} must have ${CONFIG_KEY_CHARACTERS_MIN} characters or more`)
  })
  return secret
}
