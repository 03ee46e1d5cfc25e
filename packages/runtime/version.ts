/** As in package.json, which a test compares: importing that file would put all of it into every cold start. */
export const VERSION = '0.1.0'
