import { planInstances } from '#deployment/instances'

export type Instances = ReturnType<typeof createInstances>

/** The Lambda quota "Concurrent executions" of an account in a region. */
const LAMBDA_QUOTA = { serviceCode: 'lambda', quotaCode: 'L-B99A9384' }

/** A new AWS account has 10 instances in all and cannot reserve any; a deployment must still succeed there. */
export function createInstances() {
  const known = accountInstances()
  const account = known === undefined ? aws.servicequotas.getServiceQuotaOutput(LAMBDA_QUOTA).value : $output(known)
  return account.apply(planInstances)
}

/** Reads HUNTER_ACCOUNT_INSTANCES, set while deploying; undefined: ask AWS. */
function accountInstances(): number | undefined {
  const text = process.env['HUNTER_ACCOUNT_INSTANCES']
  if (!text) return undefined
  const instances = Number(text)
  if (Number.isInteger(instances) && instances >= 1) return instances
  throw new Error(
    'HUNTER_ACCOUNT_INSTANCES must be a whole number from 1: the concurrency that Lambda gives the account',
  )
}
