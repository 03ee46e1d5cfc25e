export type Secrets = ReturnType<typeof createSecrets>

/** Set with `sst secret set <Name> <value>`. Without the pepper nothing deploys; without the DSN errors stay in the logs. */
export function createSecrets() {
  return {
    keyPepper: new sst.Secret('KeyPepper'),
    sentryDsn: new sst.Secret('SentryDsn', ''),
  }
}
