/** What is used of Sentry, named one by one: the bundle then leaves out the rest of it, and all of its tracing. */
export { defaultStackParser, makeNodeTransport, NodeClient } from '@sentry/aws-serverless'
