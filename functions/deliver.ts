import { createDeliverer } from '#runtime/deliver'

export const handler = createDeliverer()
