import type { Settings } from '#runtime/settings'

/** How long a proof may take, where the setting says. */
export function readProofLimit({ HUNTER_PROOF_MINUTES }: Settings): number | undefined {
  return HUNTER_PROOF_MINUTES === 0 ? undefined : HUNTER_PROOF_MINUTES * 60_000
}
