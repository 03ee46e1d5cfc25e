/**
 * Keeps snapshots of database clusters and of instances with the properties that a backup sees: they take time, have
 * tags, and are limited in number.
 */
import type { Clock } from '#platform/clock'

export interface RdsTag {
  key: string
  value: string
}

export interface Snapshot {
  id: string
  /** Its cluster or instance. */
  databaseId: string
  created: Date
  tags: RdsTag[]
}

/** AWS's names for the same things of a cluster and of an instance. */
export const FAMILIES = {
  cluster: {
    snapshot: 'DBClusterSnapshot',
    database: 'DBCluster',
    arnPrefix: 'arn:aws:rds:us-east-1:000000000000:cluster-snapshot:',
    engine: 'aurora-postgresql',
    noDatabase: 'DBClusterNotFoundFault',
    noSnapshot: 'DBClusterSnapshotNotFoundFault',
    exists: 'DBClusterSnapshotAlreadyExistsFault',
    wrongState: 'InvalidDBClusterSnapshotStateFault',
  },
  instance: {
    snapshot: 'DBSnapshot',
    database: 'DBInstance',
    arnPrefix: 'arn:aws:rds:us-east-1:000000000000:snapshot:',
    engine: 'postgres',
    noDatabase: 'DBInstanceNotFound',
    noSnapshot: 'DBSnapshotNotFound',
    exists: 'DBSnapshotAlreadyExists',
    wrongState: 'InvalidDBSnapshotState',
  },
} as const

export type Family = (typeof FAMILIES)[keyof typeof FAMILIES]

/** AWS's own codes, with their HTTP statuses. */
export const RDS_ERRORS = {
  DBClusterNotFoundFault: 404,
  DBClusterSnapshotAlreadyExistsFault: 400,
  DBClusterSnapshotNotFoundFault: 404,
  DBInstanceNotFound: 404,
  DBSnapshotAlreadyExists: 400,
  DBSnapshotNotFound: 404,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidDBClusterSnapshotStateFault: 400,
  InvalidDBSnapshotState: 400,
  InvalidParameterCombination: 400,
  InvalidParameterValue: 400,
  MissingParameter: 400,
  SnapshotQuotaExceeded: 400,
} as const

export class RdsError extends Error {
  readonly code: keyof typeof RDS_ERRORS

  constructor(code: keyof typeof RDS_ERRORS, message: string) {
    super(message)
    this.name = 'RdsError'
    this.code = code
  }
}

interface SnapshotsOptions {
  clock: Clock
  /** Identifiers of the existing clusters or instances. */
  databases: string[]
  /** How long a snapshot stays `creating`. */
  creationMs: number
  /** Maximum number at once; AWS allows 100 in a region. */
  snapshotsMax: number
  /** True makes the creation of the snapshot with that name fail. */
  fails: (id: string) => boolean
}

export class Snapshots {
  readonly family: Family
  readonly #options: SnapshotsOptions
  readonly #snapshots = new Map<string, Snapshot>()

  constructor(family: Family, options: SnapshotsOptions) {
    this.family = family
    this.#options = options
  }

  create(name: string, database: string, tags: RdsTag[]): Snapshot {
    const id = name.toLowerCase()
    const databaseId = database.toLowerCase()
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(id) || id.endsWith('-') || id.includes('--')) {
      throw new RdsError(
        'InvalidParameterValue',
        `The parameter ${this.family.snapshot}Identifier is not a valid identifier: ${name}`,
      )
    }
    if (!this.#options.databases.includes(databaseId)) {
      throw new RdsError(
        this.family.noDatabase,
        `The source ${this.family.database} could not be found or cannot be accessed: ${database}`,
      )
    }
    if (this.#snapshots.has(id)) {
      throw new RdsError(this.family.exists, `Cannot create the snapshot because one named ${id} already exists.`)
    }
    if (this.#snapshots.size >= this.#options.snapshotsMax) {
      throw new RdsError(
        'SnapshotQuotaExceeded',
        `Cannot create more than ${this.#options.snapshotsMax} manual snapshots`,
      )
    }
    const snapshot = { id, databaseId, created: this.#options.clock.now(), tags }
    this.#snapshots.set(id, snapshot)
    return snapshot
  }

  /** Sorted by id. */
  list(databaseId: string | undefined): Snapshot[] {
    return [...this.#snapshots.values()]
      .filter((snapshot) => databaseId === undefined || snapshot.databaseId === databaseId.toLowerCase())
      .sort((left, right) => (left.id < right.id ? -1 : 1))
  }

  find(name: string): Snapshot {
    const snapshot = this.#snapshots.get(name.toLowerCase())
    if (snapshot) return snapshot
    throw new RdsError(this.family.noSnapshot, `${this.family.snapshot} not found: ${name}`)
  }

  findByArn(arn: string): Snapshot {
    return this.find(arn.slice(this.family.arnPrefix.length))
  }

  /** AWS refuses to delete a snapshot that is being created. */
  delete(name: string): Snapshot {
    const snapshot = this.find(name)
    if (this.percentDone(snapshot) < 100) {
      throw new RdsError(this.family.wrongState, `Cannot delete the snapshot ${name} while it is being created.`)
    }
    this.#snapshots.delete(snapshot.id)
    return snapshot
  }

  /** Replaces tags of the same key. */
  addTags(snapshot: Snapshot, tags: readonly RdsTag[]): void {
    const kept = snapshot.tags.filter((old) => !tags.some((tag) => tag.key === old.key))
    snapshot.tags = [...kept, ...tags]
  }

  percentDone({ created }: Snapshot): number {
    const { clock, creationMs } = this.#options
    const elapsedMs = clock.now().getTime() - created.getTime()
    return elapsedMs >= creationMs ? 100 : Math.max(0, Math.floor((elapsedMs / creationMs) * 100))
  }

  arnOf({ id }: Snapshot): string {
    return this.family.arnPrefix + id
  }

  statusOf(snapshot: Snapshot): 'creating' | 'available' | 'failed' {
    if (this.percentDone(snapshot) < 100) return 'creating'
    return this.#options.fails(snapshot.id) ? 'failed' : 'available'
  }
}
