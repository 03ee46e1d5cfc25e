import { Socket } from 'node:net'

/** As much as one read of the socket takes; a plain socket takes 64 KiB. */
const READ_BYTES = 256 * 1024

/**
 * A socket that reads into one piece of memory again and again. A plain one allocates memory for each read, outside of
 * the heap, and the collector must mark the whole heap every few of them.
 */
export class ReadingSocket extends Socket {
  /** true: a chunk of data is valid until its listener lets the stream go on. false: each is a copy. */
  lendsReads = false

  constructor() {
    const memory = Buffer.allocUnsafeSlow(READ_BYTES)
    const onread = { buffer: memory, callback: (bytes: number) => this.#handOver(memory.subarray(0, bytes)) }
    super({ onread })
  }

  #handOver(read: Buffer): boolean {
    this.emit('data', this.lendsReads ? read : Buffer.from(read))
    return true
  }
}
