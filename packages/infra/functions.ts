/** How every function runs; what differs is said where it is made. */
import { FUNCTIONS, type FunctionName } from '#deployment/functions'
import type { INSTANCES_MAX } from '#deployment/instances'
import type { Instances } from './instances.ts'
import type { Network } from './network.ts'
import type { Secrets } from './secrets.ts'
import { isProduction } from './stage.ts'

/** Done when the database has every migration of the release. */
export type Migrated = aws.lambda.Invocation

export interface FunctionSettings extends Omit<sst.aws.FunctionArgs, 'nodejs'> {
  environment?: Record<string, $util.Input<string>>
  /** Packages that find files beside themselves and so cannot be bundled; in the versions of package.json. */
  install?: string[]
  /** Made or changed only when this is done. */
  after?: Migrated
}

export function createFunction(
  name: string,
  { sentryDsn }: Secrets,
  { environment, install = [], after, ...args }: FunctionSettings,
) {
  // split: what is imported on demand (AWS clients, Sentry, routes) is not read at a cold start; keepNames keeps traces legible
  const nodejs = { minify: true, splitting: true, esbuild: { sourcemap: false }, install }
  const settings: sst.aws.FunctionArgs = {
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    logging: { retention: '1 month' },
    nodejs,
    ...args,
    environment: {
      HUNTER_ENV: isProduction ? 'live' : 'test',
      HUNTER_LOG_LEVEL: 'info',
      SENTRY_DSN: sentryDsn.value,
      ...environment,
    },
    transform: { ...args.transform, role: trustLambdaOnly },
  }
  return new sst.aws.Function(name, settings, after ? { dependsOn: [after] } : {})
}

export function readFunctionLimits(name: FunctionName) {
  const { handler, timeoutS, memoryMb } = FUNCTIONS[name]
  return { handler, timeout: `${timeoutS} seconds`, memory: `${memoryMb} MB` } as const
}

/** SST's roles trust every principal of the account beside Lambda. */
function trustLambdaOnly(role: aws.iam.RoleArgs): undefined {
  role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' })
}

/**
 * What a function needs to talk to the database: the network, and TLS. RDS refuses plain connections, and Lambda's
 * Node trusts Amazon's certificates only when told to.
 */
export const withDatabase = (network: Network) => ({
  vpc: network,
  environment: { PGSSLMODE: 'verify-full', NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' },
})

/** The same for what keeps the shared limits: it must know how many may run, since without Redis each grants its share. */
export const withLimits = (network: Network, instances: Instances) => {
  const { vpc, environment } = withDatabase(network)
  return { vpc, environment: { ...environment, HUNTER_API_INSTANCES: instances.apply(({ api }) => String(api)) } }
}

/** As many as the limits reckon with, and no more, where the account has room for a reservation. */
export const reserveInstances = (instances: Instances, name: keyof typeof INSTANCES_MAX) =>
  instances.apply(({ reserved }) => (reserved ? { reserved: reserved[name] } : {}))
