/**
 * Emulates the calls of Amazon RDS that a backup makes, in its query protocol (forms in, XML out), at 127.0.0.1.
 * Snapshots are in memory and hold no data: the states, the tags, the quota and the errors are real. Signatures are not
 * checked. It refuses every other action and every parameter that it does not read.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Clock } from '#platform/clock'
import {
  FAMILIES,
  type Family,
  RDS_ERRORS,
  RdsError,
  type RdsTag,
  type Snapshot,
  Snapshots,
} from '#emulators/rds/snapshots'
import { buildElement, type Markup } from '#emulators/xml'

interface RdsStubOptions {
  /** 0, the default, takes any free port. */
  port?: number
  clock: Clock
  /** Identifiers of the existing database clusters. */
  clusters: string[]
  /** Identifiers of instances outside any cluster. */
  instances?: string[]
  /** How long a snapshot stays `creating`, by the clock. */
  creationMs?: number
  snapshotsMax?: number
  /** True makes the creation of the snapshot with that name fail. */
  fails?: (id: string) => boolean
}

export interface RdsStub {
  url: string
  close(): Promise<void>
}

export async function startRdsStub(options: RdsStubOptions): Promise<RdsStub> {
  const common = {
    clock: options.clock,
    creationMs: options.creationMs ?? 2_000,
    snapshotsMax: options.snapshotsMax ?? 100,
    fails: options.fails ?? (() => false),
  }
  const databases = (ids: string[] = []) => ({ ...common, databases: ids.map((id) => id.toLowerCase()) })
  const snapshots: Kept = {
    cluster: new Snapshots(FAMILIES.cluster, databases(options.clusters)),
    instance: new Snapshots(FAMILIES.instance, databases(options.instances)),
  }
  const server = createServer((request, response) => {
    void answer(snapshots, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'text/xml' })
      response.end(body)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Parameters = ReadonlyMap<string, string>

type Kept = Record<keyof typeof FAMILIES, Snapshots>

interface Action {
  /** Parameters that it reads, up to the first dot. It refuses any other. */
  reads: string[]
  perform: (kept: Kept, parameters: Parameters) => Markup[]
}

const ACTIONS: Record<string, Action> = {
  ...snapshotActions('cluster'),
  ...snapshotActions('instance'),
  AddTagsToResource: {
    reads: ['ResourceName', 'Tags'],
    perform: (kept, parameters) => {
      const { snapshots, snapshot } = byArn(kept, required(parameters, 'ResourceName'))
      snapshots.addTags(snapshot, readTags(parameters))
      return []
    },
  },
  ListTagsForResource: {
    reads: ['ResourceName'],
    perform: (kept, parameters) => [describeTags(byArn(kept, required(parameters, 'ResourceName')).snapshot.tags)],
  },
}

/** Builds the three actions for clusters or for instances, under their own names. */
function snapshotActions(name: keyof typeof FAMILIES): Record<string, Action> {
  const { snapshot, database } = FAMILIES[name]
  return {
    [`Create${snapshot}`]: {
      reads: [`${snapshot}Identifier`, `${database}Identifier`, 'Tags'],
      perform: ({ [name]: snapshots }, parameters) => {
        const id = required(parameters, `${snapshot}Identifier`)
        const of = required(parameters, `${database}Identifier`)
        return [describeSnapshot(snapshots, snapshots.create(id, of, readTags(parameters)))]
      },
    },
    [`Describe${snapshot}s`]: {
      reads: [`${snapshot}Identifier`, `${database}Identifier`, 'SnapshotType', 'MaxRecords', 'Marker'],
      perform: ({ [name]: snapshots }, parameters) => describeSnapshots(snapshots, parameters),
    },
    [`Delete${snapshot}`]: {
      reads: [`${snapshot}Identifier`],
      perform: ({ [name]: snapshots }, parameters) => {
        const deleted = snapshots.delete(required(parameters, `${snapshot}Identifier`))
        return [describeSnapshot(snapshots, deleted, 'deleted')]
      },
    },
  }
}

function byArn(kept: Kept, arn: string): { snapshots: Snapshots; snapshot: Snapshot } {
  const snapshots = Object.values(kept).find(({ family }) => arn.startsWith(family.arnPrefix))
  if (!snapshots) throw new RdsError('InvalidParameterValue', `Not a snapshot's ARN here: ${arn}`)
  return { snapshots, snapshot: snapshots.findByArn(arn) }
}

const RECORDS_MIN = 20
const RECORDS_MAX = 100

function describeSnapshots(snapshots: Snapshots, parameters: Parameters): Markup[] {
  const { snapshot, database } = snapshots.family
  const id = parameters.get(`${snapshot}Identifier`)
  const of = parameters.get(`${database}Identifier`)
  const type = parameters.get('SnapshotType') ?? 'manual'
  const limit = Number(parameters.get('MaxRecords') ?? RECORDS_MAX)
  const marker = parameters.get('Marker') ?? ''
  if (id !== undefined && of !== undefined) {
    throw new RdsError(
      'InvalidParameterCombination',
      'Give the identifier of a snapshot or that of a database, not both.',
    )
  }
  if (!Number.isInteger(limit) || limit < RECORDS_MIN || limit > RECORDS_MAX) {
    throw new RdsError('InvalidParameterValue', `MaxRecords must be ${RECORDS_MIN} to ${RECORDS_MAX}.`)
  }
  const found = id === undefined ? snapshots.list(of) : [snapshots.find(id)]
  // All snapshots here are manual ones.
  const rest = type === 'manual' ? found.filter((snapshot) => snapshot.id > marker) : []
  const page = rest.slice(0, limit)
  return [
    buildElement(
      `${snapshot}s`,
      page.map((snapshot) => describeSnapshot(snapshots, snapshot)),
    ),
    ...(rest.length > page.length ? [buildElement('Marker', page.at(-1)!.id)] : []),
  ]
}

function describeSnapshot(snapshots: Snapshots, described: Snapshot, status?: 'deleted'): Markup {
  const { snapshot, database, engine }: Family = snapshots.family
  return buildElement(
    snapshot,
    buildElement(`${snapshot}Identifier`, described.id),
    buildElement(`${database}Identifier`, described.databaseId),
    buildElement(`${snapshot}Arn`, snapshots.arnOf(described)),
    buildElement('SnapshotCreateTime', described.created.toISOString()),
    buildElement('SnapshotType', 'manual'),
    buildElement('Engine', engine),
    buildElement('Status', status ?? snapshots.statusOf(described)),
    buildElement('PercentProgress', snapshots.percentDone(described)),
    describeTags(described.tags),
  )
}

function describeTags(tags: readonly RdsTag[]): Markup {
  return buildElement(
    'TagList',
    tags.map(({ key, value }) => buildElement('Tag', buildElement('Key', key), buildElement('Value', value))),
  )
}

async function answer(snapshots: Kept, request: IncomingMessage): Promise<{ status: number; body: string }> {
  const metadata = buildElement('ResponseMetadata', buildElement('RequestId', randomUUID()))
  try {
    const parameters: Parameters = new Map(new URLSearchParams(await text(request)))
    const action = parameters.get('Action') ?? ''
    const result = perform(snapshots, action, parameters)
    const namespace = 'xmlns="http://rds.amazonaws.com/doc/2014-10-31/"'
    const inner = buildElement(`${action}Result`, result).text + metadata.text
    return { status: 200, body: `<${action}Response ${namespace}>${inner}</${action}Response>` }
  } catch (error) {
    const known = error instanceof RdsError ? error : new RdsError('InternalFailure', String(error))
    const status = RDS_ERRORS[known.code]
    const type = buildElement('Type', status < 500 ? 'Sender' : 'Receiver')
    const described = buildElement(
      'Error',
      type,
      buildElement('Code', known.code),
      buildElement('Message', known.message),
    )
    return { status, body: buildElement('ErrorResponse', described, buildElement('RequestId', randomUUID())).text }
  }
}

function perform(snapshots: Kept, name: string, parameters: Parameters): Markup[] {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (!action) throw new RdsError('InvalidAction', `The action ${name} is not implemented here.`)
  const known = ['Action', 'Version', ...action.reads]
  // SDKs send an empty list as a bare name.
  const other = [...parameters].find(([key, value]) => value !== '' && !known.includes(key.split('.')[0]!))
  if (other) throw new RdsError('InvalidParameterValue', `The parameter ${other[0]} is not implemented here.`)
  return action.perform(snapshots, parameters)
}

function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value) return value
  throw new RdsError('MissingParameter', `The request must contain the parameter ${name}.`)
}

function readTags(parameters: Parameters): RdsTag[] {
  const tags: RdsTag[] = []
  for (let number = 1; parameters.has(`Tags.Tag.${number}.Key`); number++) {
    const key = required(parameters, `Tags.Tag.${number}.Key`)
    tags.push({ key, value: parameters.get(`Tags.Tag.${number}.Value`) ?? '' })
  }
  return tags
}
