import { WorkError } from '../errors.js'
import { isRecord } from '../is-object.js'

/** Longest frame that either side may send, in bytes of JSON (docs/protocol.md). */
export const FRAME_LIMIT = 16 * 1024 * 1024

const LENGTH_BYTES = 4

/** Encodes one JSON object as a frame: its length as a little-endian u32, then UTF-8. */
export function encodeFrame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message), 'utf8')
  if (text.length > FRAME_LIMIT)
    throw new WorkError(`a message of ${text.length} bytes is above the ${FRAME_LIMIT} of a frame`)
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + text.length)
  frame.writeUInt32LE(text.length)
  text.copy(frame, LENGTH_BYTES)
  return frame
}

/** Cuts a byte stream into frames, whatever pieces it arrives in. */
export class FrameReader {
  #pieces: Buffer[] = []
  #bytes = 0
  /** Number of bytes that must have arrived before anything more can be read. */
  #wanted = LENGTH_BYTES

  /**
   * Takes a piece of the stream and returns the messages that it completes.
   *
   * @throws WorkError if the stream does not consist of frames, because it cannot be resynchronised
   */
  push(piece: Buffer): object[] {
    this.#pieces.push(piece)
    this.#bytes += piece.length
    const messages: object[] = []
    while (this.#bytes >= this.#wanted) {
      const all = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : this.#pieces[0]
      this.#keep(all)
      const length = all.readUInt32LE()
      if (length > FRAME_LIMIT)
        throw new WorkError(`the PyTorch worker sent a frame of ${length} bytes`)
      this.#wanted = LENGTH_BYTES + length
      if (this.#bytes < this.#wanted) break
      messages.push(parseObject(all.subarray(LENGTH_BYTES, this.#wanted)))
      this.#keep(all.subarray(this.#wanted))
      this.#wanted = LENGTH_BYTES
    }
    return messages
  }

  #keep(rest: Buffer): void {
    this.#pieces = [rest]
    this.#bytes = rest.length
  }
}

function parseObject(text: Buffer): object {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'))
    if (isRecord(value)) return value
  } catch {
    // Text that is not JSON is reported below.
  }
  throw new WorkError('the PyTorch worker sent something other than a JSON object')
}
