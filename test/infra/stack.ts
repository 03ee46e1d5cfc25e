/** Finds things in a synthesis; every finder fails the test when there is not exactly one. */
import { makeOncePerRun } from '../support/once-per-run.ts'
import { type Inputs, type Synthesis, synthesise, type SynthResource } from '../support/synth.ts'

export const SECRETS = { KeyPepper: 'a-pepper-for-the-synthesis' }
export const FUNCTIONS = [
  'ApiFunction',
  'BulkWorker',
  'Backup',
  'VerifyBackup',
  'ReconcileBackups',
  'RestoreDrill',
  'Rescan',
  'Referrals',
  'Deliver',
  'Digest',
  'Migrate',
]

/** The stage that people use, with its bundles: one synthesis for all files of a run. */
export function synthesiseProduction(): Promise<Synthesis> {
  return makeOncePerRun('production', (dir) => synthesise({ stage: 'production', secrets: SECRETS, bundlesIn: dir }))
}

export const ofType = ({ resources }: Synthesis, type: string): SynthResource[] =>
  resources.filter((resource) => resource.type === type)

export function only(synthesis: Synthesis, type: string, matches: (inputs: Inputs) => boolean = () => true) {
  const found = ofType(synthesis, type).filter(({ inputs }) => matches(inputs))
  const [first, second] = found
  if (!first || second) throw new Error(`${found.length} resources of the type ${type} match, not one`)
  return first
}

/** A bucket, or what is set on it: its policy, its lifecycle … */
export const ofBucket = (synthesis: Synthesis, type: string, bucket: 'backups' | 'transfers') =>
  only(synthesis, `aws:s3/${type}`, (inputs) => String(inputs['bucket']).includes(`-${bucket}`))

export const functionOf = (synthesis: Synthesis, name: string): Inputs =>
  only(synthesis, 'aws:lambda/function:Function', (inputs) => inputs['name'].includes(`-${name}Function-`)).inputs

export const variablesOf = (synthesis: Synthesis, name: string): Record<string, string> =>
  functionOf(synthesis, name)['environment'].variables

export const queueOf = (synthesis: Synthesis, name: string): Inputs =>
  only(synthesis, 'aws:sqs/queue:Queue', (inputs) => inputs['name'].includes(`-${name}Queue-`)).inputs

interface Statement {
  Effect: string
  Action: string[]
  Resource: string[]
  Condition?: Record<string, Record<string, string[]>>
}

/** What the function's role allows beyond logs and network interfaces. */
export function rightsOf(synthesis: Synthesis, name: string): Statement[] {
  const role = only(synthesis, 'aws:iam/role:Role', (inputs) => inputs['name'].includes(`-${name}Role-`))
  const policies = role.inputs['inlinePolicies'] as { policy: string }[]
  return policies.flatMap(({ policy }) => (JSON.parse(policy) as { Statement: Statement[] }).Statement)
}

export const actionsOf = (synthesis: Synthesis, name: string): string[] =>
  rightsOf(synthesis, name)
    .flatMap(({ Action }) => Action)
    .sort()
