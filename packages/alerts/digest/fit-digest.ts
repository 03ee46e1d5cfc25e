/** Makes a digest fit into what a receiver takes. */
import { buildDigest, type Digest } from '#alerts/digest/build-digest'
import type { DigestFacts } from '#alerts/digest/facts'

/** Items of a section; one of each fits everywhere, whatever strangers wrote. */
const ITEMS = [10, 5, 3, 1]
/** People read a chat in passing. */
export const CHAT_ITEMS_MAX = 5

/** Builds the longest form that the receiver takes. A section says how much it leaves out. */
export function fitDigest<Form>(
  { facts, now, itemsMax }: { facts: DigestFacts; now: Date; itemsMax: number },
  build: (digest: Digest) => Form,
  isTaken: (form: Form) => boolean,
): Form {
  const forms = ITEMS.filter((items) => items <= itemsMax)
    .values()
    .map((items) => build(buildDigest(facts, { now, itemsMax: items })))
  let form = forms.next().value as Form
  for (const shorter of forms) {
    if (isTaken(form)) break
    form = shorter
  }
  return form
}
