/** Settings that every function shares; each function's own file adds the rest. */
import { FUNCTIONS, LEAN_HEAP, type FunctionName } from '#deployment/functions'
import type { INSTANCES_MAX } from '#deployment/instances'
import type { Instances } from './instances.ts'
import type { Network } from './network.ts'
import type { Secrets } from './secrets.ts'
import { isProduction } from './stage.ts'

/** Done once the database has every migration of the release. */
export type Migrated = aws.lambda.Invocation

export interface FunctionSettings extends Omit<sst.aws.FunctionArgs, 'nodejs'> {
  /** `readFunctionLimits` makes them. */
  nodeOptions: string
  environment?: Record<string, $util.Input<string>>
  /** Packages that look for files beside themselves and so cannot be bundled; package.json decides their version. */
  install?: string[]
  /** Creates or changes the function only after this is done. */
  after?: Migrated
}

export function createFunction(
  name: string,
  { sentryDsn }: Secrets,
  { nodeOptions, environment, install = [], after, ...args }: FunctionSettings,
) {
  // splitting keeps what is imported on demand (AWS clients, Sentry, routes) out of a cold start; keepNames keeps stack
  // traces readable
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
      NODE_OPTIONS: nodeOptions,
      SENTRY_DSN: sentryDsn.value,
      ...environment,
    },
    transform: { ...args.transform, role: trustLambdaOnly },
  }
  return new sst.aws.Function(name, settings, after ? { dependsOn: [after] } : {})
}

/** Part of the memory that the heap may take, as on Lambda without options. */
const HEAP_SHARE = 0.9

export function readFunctionLimits(name: FunctionName) {
  const { handler, timeoutS, memoryMb } = FUNCTIONS[name]
  // Lambda leaves its own limits of the heap out once one of them is given: V8 would then use half of the memory
  const nodeOptions = [...LEAN_HEAP, `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`].join(' ')
  return { handler, timeout: `${timeoutS} seconds`, memory: `${memoryMb} MB`, nodeOptions } as const
}

/** SST's default role trusts every principal of the account, not just Lambda. */
function trustLambdaOnly(role: aws.iam.RoleArgs): undefined {
  role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' })
}

/**
 * Gives a function what it needs to reach the database: the network and TLS. RDS refuses plain connections, and Node on
 * Lambda trusts Amazon's certificates only when told to.
 */
export const withDatabase = (network: Network) => ({
  vpc: network,
  environment: { PGSSLMODE: 'verify-full', NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' },
})

/**
 * Does the same for functions that keep the shared limits. They must know how many instances may run: without Redis
 * each grants its share.
 */
export const withLimits = (network: Network, instances: Instances) => {
  const { vpc, environment } = withDatabase(network)
  return { vpc, environment: { ...environment, HUNTER_API_INSTANCES: instances.apply(({ api }) => String(api)) } }
}

/** Reserves as many instances as the limits assume, and no more, where the account has room for a reservation. */
export const reserveInstances = (instances: Instances, name: keyof typeof INSTANCES_MAX) =>
  instances.apply(({ reserved }) => (reserved ? { reserved: reserved[name] } : {}))
