/** The Pulumi providers by exact version. The configuration and the setup of SST's platform code read this. */
export const PROVIDERS = {
  aws: { version: '7.20.0', region: 'eu-central-1' },
  upstash: { package: '@upstash/pulumi', version: '0.5.0' },
} as const
