/** Snapshots of database clusters, as far as a backup sees them: they take a while, have tags, and are limited in number. */
import type { Clock } from '#platform/clock'

export interface RdsTag {
  key: string
  value: string
}

export interface ClusterSnapshot {
  id: string
  clusterId: string
  created: Date
  tags: RdsTag[]
}

/** AWS's own codes, with the HTTP status that goes with each. */
export const RDS_ERRORS = {
  DBClusterNotFoundFault: 404,
  DBClusterSnapshotAlreadyExistsFault: 400,
  DBClusterSnapshotNotFoundFault: 404,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidDBClusterSnapshotStateFault: 400,
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

const ARN_PREFIX = 'arn:aws:rds:us-east-1:000000000000:cluster-snapshot:'

export interface SnapshotsOptions {
  clock: Clock
  clusters: string[]
  /** How long a snapshot is `creating`. */
  creationMs: number
  /** How many there may be at once; AWS allows 100 in a region. */
  snapshotsMax: number
}

export class ClusterSnapshots {
  readonly #options: SnapshotsOptions
  readonly #snapshots = new Map<string, ClusterSnapshot>()

  constructor(options: SnapshotsOptions) {
    this.#options = options
  }

  create(name: string, cluster: string, tags: RdsTag[]): ClusterSnapshot {
    const id = name.toLowerCase()
    const clusterId = cluster.toLowerCase()
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(id) || id.endsWith('-') || id.includes('--')) {
      throw new RdsError(
        'InvalidParameterValue',
        `The parameter DBClusterSnapshotIdentifier is not a valid identifier: ${name}`,
      )
    }
    if (!this.#options.clusters.includes(clusterId)) {
      throw new RdsError(
        'DBClusterNotFoundFault',
        `The source cluster could not be found or cannot be accessed: ${cluster}`,
      )
    }
    if (this.#snapshots.has(id)) {
      throw new RdsError(
        'DBClusterSnapshotAlreadyExistsFault',
        `Cannot create the cluster snapshot because one named ${id} already exists.`,
      )
    }
    if (this.#snapshots.size >= this.#options.snapshotsMax) {
      throw new RdsError(
        'SnapshotQuotaExceeded',
        `Cannot create more than ${this.#options.snapshotsMax} manual snapshots`,
      )
    }
    const snapshot = { id, clusterId, created: this.#options.clock.now(), tags }
    this.#snapshots.set(id, snapshot)
    return snapshot
  }

  /** By id. */
  list(clusterId: string | undefined): ClusterSnapshot[] {
    return [...this.#snapshots.values()]
      .filter((snapshot) => clusterId === undefined || snapshot.clusterId === clusterId.toLowerCase())
      .sort((left, right) => (left.id < right.id ? -1 : 1))
  }

  find(name: string): ClusterSnapshot {
    const snapshot = this.#snapshots.get(name.toLowerCase())
    if (snapshot) return snapshot
    throw new RdsError('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot not found: ${name}`)
  }

  findByArn(arn: string): ClusterSnapshot {
    if (!arn.startsWith(ARN_PREFIX)) throw new RdsError('InvalidParameterValue', `Not a snapshot's ARN here: ${arn}`)
    return this.find(arn.slice(ARN_PREFIX.length))
  }

  /** A snapshot that is still being made cannot be deleted, as in AWS. */
  delete(name: string): ClusterSnapshot {
    const snapshot = this.find(name)
    if (this.percentDone(snapshot) < 100) {
      throw new RdsError(
        'InvalidDBClusterSnapshotStateFault',
        `Cannot delete the snapshot ${name} while it is being created.`,
      )
    }
    this.#snapshots.delete(snapshot.id)
    return snapshot
  }

  /** Replaces tags of the same key. */
  addTags(snapshot: ClusterSnapshot, tags: readonly RdsTag[]): void {
    const kept = snapshot.tags.filter((old) => !tags.some((tag) => tag.key === old.key))
    snapshot.tags = [...kept, ...tags]
  }

  percentDone({ created }: ClusterSnapshot): number {
    const { clock, creationMs } = this.#options
    const elapsedMs = clock.now().getTime() - created.getTime()
    return elapsedMs >= creationMs ? 100 : Math.max(0, Math.floor((elapsedMs / creationMs) * 100))
  }
}

export const snapshotArn = ({ id }: ClusterSnapshot) => ARN_PREFIX + id
