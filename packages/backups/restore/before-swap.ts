/** A port for the owner of the data: this package knows no tables. */

/** Two databases of one server, by their URLs. */
interface SwappedDatabases {
  live: string
  /** The database that is about to take the live one's place. */
  next: string
}

/**
 * Brings what must outlive a restore from the live database into the next one, just before the swap. Returns remarks.
 * When it fails, nothing is swapped.
 */
export type BeforeSwap = (databases: SwappedDatabases) => Promise<string[]>
