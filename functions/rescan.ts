import { createRescans } from '#runtime/rescans'

export const handler = createRescans()
