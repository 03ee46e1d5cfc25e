import { SESv2Client } from '@aws-sdk/client-sesv2'
import type { StubReceiver } from './stub-receiver.ts'

/** A client of SES whose mails arrive at the stub receiver; it tries once, as the deployed one does. */
export function createStubSes({ port }: StubReceiver): SESv2Client {
  return new SESv2Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  })
}
