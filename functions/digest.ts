import { createDigests } from '#runtime/digest'

export const handler = createDigests()
