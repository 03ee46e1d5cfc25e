import type { Secrets } from './secrets.ts'

/** Path of the stage's settings in Systems Manager. Each backup stores every parameter below it. */
export const PARAMETERS_PATH = `/${$app.name}/${$app.stage}`

/** A database that is restored elsewhere without its pepper recognises none of its API keys. */
export function createParameters({ keyPepper }: Secrets): void {
  new aws.ssm.Parameter('KeyPepperParameter', {
    name: `${PARAMETERS_PATH}/KeyPepper`,
    description: 'A copy for the backups; set it with "sst secret set KeyPepper"',
    type: 'SecureString',
    value: keyPepper.value,
  })
}
