import { Socket } from 'node:net'

/** Size of one read; a plain socket reads 64 KiB. */
const READ_BYTES = 256 * 1024

/**
 * A socket that reads into one reused buffer. A plain socket allocates off-heap memory for each read, and every few
 * reads the garbage collector has to mark the whole heap.
 */
export class ReadingSocket extends Socket {
  /** true: a chunk is valid until its listener resumes the stream. false: each chunk is a copy. */
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
