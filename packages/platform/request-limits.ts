/** Requests a minute unless a setting or a key says otherwise: what the service enforces and its page tells. */
export const KEY_REQUESTS_PER_MINUTE = 60
export const ADDRESS_REQUESTS_PER_MINUTE = 300
