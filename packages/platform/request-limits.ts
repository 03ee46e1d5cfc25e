/** What the service enforces and its page tells; requests are those of a minute, unless a setting or a key says otherwise. */
export const KEY_REQUESTS_PER_MINUTE = 60
export const ADDRESS_REQUESTS_PER_MINUTE = 300
export const BODY_BYTES_MAX = 1024 * 1024
