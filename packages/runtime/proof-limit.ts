import type { Settings } from '#runtime/settings'

/** Returns how long a proof may take; undefined: the backup's size decides. */
export function readProofLimit({ HUNTER_PROOF_MINUTES }: Settings): number | undefined {
  return HUNTER_PROOF_MINUTES === 0 ? undefined : HUNTER_PROOF_MINUTES * 60_000
}
