/** Stands in for Pulumi's engine: takes every resource, answers with made-up ids and ARNs, and keeps the inputs. */
import crypto from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { App } from './synth-config.ts'
import type { Inputs, SynthResource } from './synth.ts'

const REGION = 'eu-central-1'
const ACCOUNT = '000000000000'

interface ResourceRequest {
  getType(): string
  getName(): string
  getParent(): string
  getProtect(): boolean
  getRetainondelete(): boolean
  getDependenciesList(): string[]
  getObject(): unknown
}

interface Pulumi {
  runtime: {
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean, organization: string): Promise<void>
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>
    disconnect(): Promise<void>
  }
}

interface Mocks {
  newResource(args: { type: string; name: string; inputs: Inputs; id?: string }): { id: string; state: Inputs }
  call(args: { token: string; inputs: Inputs }): Inputs
}

interface MockMonitor {
  newUrn: (parent: string, type: string, name: string) => string
  registerResource: (this: MockMonitor, request: ResourceRequest, callback: unknown) => Promise<void>
}

/** `run` resolves once every resource of the program is registered. */
export async function recordResources(platform: string, app: App) {
  // the very module instances that the platform's code uses
  const load = createRequire(path.join(platform, 'package.json'))
  const pulumi = load('@pulumi/pulumi') as Pulumi
  const monitor = (load('@pulumi/pulumi/runtime/mocks') as { MockMonitor: { prototype: MockMonitor } }).MockMonitor
    .prototype
  const rpc = load('@pulumi/pulumi/runtime/rpc') as { deserializeProperties: (from: unknown) => Inputs }

  const resources: SynthResource[] = []
  const register = monitor.registerResource
  monitor.registerResource = function record(request, callback) {
    resources.push({
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent().split('::').at(-1) ?? '',
      inputs: plain(rpc.deserializeProperties(request.getObject())) as Inputs,
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      dependsOn: request.getDependenciesList().map((urn) => urn.split('::').at(-1) ?? ''),
    })
    return register.call(this, request, callback)
  }
  // the stock one leaves the stack's type in front of every child's, and SST hands types to the functions
  monitor.newUrn = (parent, type, name) => {
    const parentType = parent.split('::')[2] ?? ''
    const qualified = parentType && parentType !== 'pulumi:pulumi:Stack' ? `${parentType}$${type}` : type
    return ['urn:pulumi:' + app.stage, app.name, qualified, name].join('::')
  }
  pinRandomSuffixes()

  return {
    resources,
    async run(program: () => Promise<unknown>): Promise<void> {
      await pulumi.runtime.setMocks({ newResource, call }, app.name, app.stage, false, 'organization')
      await pulumi.runtime.runInPulumiStack(program)
      await pulumi.runtime.disconnect()
    },
  }
}

/** SST ends physical names with eight random bytes, and hashes some into logical names. */
function pinRandomSuffixes(): void {
  const original = crypto.randomBytes.bind(crypto)
  const pinned = (size: number) => (size === 8 ? Buffer.alloc(8, 7) : original(size))
  Object.assign(crypto, { randomBytes: pinned })
}

/** Secrets arrive in wrappers, assets as objects with a path. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
  if ('4dabf18193072939515e22adb298388d' in value && 'value' in value) return plain(value.value)
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]))
}

function newResource({ type, name, inputs, id }: Parameters<Mocks['newResource']>[0]): { id: string; state: Inputs } {
  const physical = String(inputs['name'] ?? inputs['bucket'] ?? inputs['clusterIdentifier'] ?? name)
  const made = MADE[type]?.(physical, inputs) ?? {}
  const arn = `arn:aws:${type.split(/[:/]/)[1] ?? 'any'}:${REGION}:${ACCOUNT}:${physical}`
  return { id: id || physical, state: { name: physical, arn, ...inputs, ...made } }
}

/** What AWS would add to the inputs, as far as the program reads it. */
const MADE: Record<string, (name: string, inputs: Inputs) => Inputs> = {
  'aws:s3/bucket:Bucket': (name) => ({ bucket: name, arn: `arn:aws:s3:::${name}` }),
  'aws:sqs/queue:Queue': (name) => ({ url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}` }),
  'aws:lambda/function:Function': (name) => {
    const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
    return {
      arn,
      qualifiedArn: `${arn}:1`,
      invokeArn: `arn:aws:apigateway:${REGION}:lambda:path/${arn}`,
      publish: false,
    }
  },
  'aws:iam/role:Role': (name) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  'aws:kms/key:Key': (name) => ({ arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}` }),
  'aws:apigatewayv2/api:Api': (name) => ({
    apiEndpoint: `https://${name}.execute-api.${REGION}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${name}`,
  }),
  'aws:rds/cluster:Cluster': (name) => ({
    clusterIdentifier: name,
    arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${name}`,
    endpoint: `${name}.cluster.${REGION}.rds.amazonaws.com`,
    readerEndpoint: `${name}.cluster-ro.${REGION}.rds.amazonaws.com`,
  }),
  'aws:rds/clusterInstance:ClusterInstance': () => ({ port: 5432 }),
  'aws:ec2/instance:Instance': (name) => ({ primaryNetworkInterfaceId: `eni-${name}` }),
  'aws:ec2/vpc:Vpc': (name) => ({ defaultSecurityGroupId: `sg-${name}` }),
  'random:index/randomBytes:RandomBytes': () => ({ base64: Buffer.alloc(32, 1).toString('base64') }),
  'random:index/randomPassword:RandomPassword': () => ({ result: 'made-up-password' }),
  'tls:index/privateKey:PrivateKey': () => ({ privateKeyOpenssh: 'key', publicKeyOpenssh: 'key' }),
  'upstash:index/redisDatabase:RedisDatabase': (name) => ({
    endpoint: `${name}.upstash.io`,
    restToken: 'made-up-token',
  }),
}

function call({ token, inputs }: Parameters<Mocks['call']>[0]): Inputs {
  const answer = CALLS[token]
  if (!answer) throw new Error(`the synthesis has no answer to the provider call ${token}`)
  return answer(inputs)
}

const CALLS: Record<string, (inputs: Inputs) => Inputs> = {
  'aws:index/getPartition:getPartition': () => ({ partition: 'aws' }),
  'aws:index/getRegion:getRegion': () => ({ region: REGION }),
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({ accountId: ACCOUNT }),
  'aws:index/getAvailabilityZones:getAvailabilityZones': () => ({
    names: ['a', 'b', 'c'].map((zone) => REGION + zone),
  }),
  'aws:servicequotas/getServiceQuota:getServiceQuota': ({ serviceCode, quotaCode }) => {
    if (serviceCode !== 'lambda' || quotaCode !== 'L-B99A9384') throw new Error('asked for another quota')
    return { value: 1_000 }
  },
  'aws:ec2/getAmi:getAmi': () => ({ id: 'ami-made-up' }),
  'aws:iam/getPolicyDocument:getPolicyDocument': (inputs) => ({ ...inputs, json: policyJson(inputs) }),
}

/** The JSON that the provider renders from the statements. */
function policyJson({ statements = [] }: Inputs): string {
  const Statement = (statements as Inputs[]).map(({ effect, actions, resources, principals, conditions }) => ({
    Effect: effect ?? 'Allow',
    Action: actions,
    Resource: resources,
    ...(principals && { Principal: byType(principals) }),
    ...(conditions && { Condition: byTest(conditions) }),
  }))
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

const byType = (principals: Inputs[]): Inputs | string =>
  principals.some(({ type }) => type === '*')
    ? '*'
    : Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers]))

const byTest = (conditions: Inputs[]): Inputs =>
  Object.fromEntries(conditions.map(({ test, variable, values }) => [test, { [variable]: values }]))
