import type { Secrets } from './secrets.ts'

/** The stage's settings in Systems Manager: whatever anyone puts below this path is kept beside each backup. */
export const PARAMETERS_PATH = `/${$app.name}/${$app.stage}`

/** Without its pepper, a database that was restored elsewhere knows none of its API keys. */
export function createParameters({ keyPepper }: Secrets): void {
  new aws.ssm.Parameter('KeyPepperParameter', {
    name: `${PARAMETERS_PATH}/KeyPepper`,
    description: 'Kept here so that each backup keeps it; set with "sst secret set KeyPepper"',
    type: 'SecureString',
    value: keyPepper.value,
  })
}
