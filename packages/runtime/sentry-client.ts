/** Re-exports by name what is used of Sentry, so that the bundle leaves out the rest, all of its tracing included. */
export { defaultStackParser, makeNodeTransport, NodeClient } from '@sentry/aws-serverless'
