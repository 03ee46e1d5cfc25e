/** Secrets of webhooks as the database keeps them: encrypted, each for its own row. */
import type { webhookSources } from '#db/tables'
import { createSeal, type SealDeps } from '#keys/seal'

export type WebhookRow = typeof webhookSources.$inferSelect

export function sealSecret(deps: SealDeps, id: string, secret: string): string {
  return createSecretSeal(deps, id).encrypt(secret)
}

/** Returns the secrets that may sign now: the current one and, during an overlap, the one before. */
export function openSecrets(deps: SealDeps, row: WebhookRow, now: Date): string[] {
  const seal = createSecretSeal(deps, row.id)
  const previous = isInOverlap(row, now) ? [row.previousSecret] : []
  return [row.secret, ...previous].filter((sealed) => sealed !== null).map((sealed) => seal.decrypt(sealed))
}

export function isInOverlap({ previousUntil }: Pick<WebhookRow, 'previousUntil'>, now: Date): boolean {
  return previousUntil !== null && previousUntil > now
}

function createSecretSeal(deps: SealDeps, id: string) {
  return createSeal(deps, `webhook secret\n${id}`)
}
