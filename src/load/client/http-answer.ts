/**
 * Answers of HTTP/1.1, by RFC 9112. Node's own client takes some three times the processor time for each,
 * which would stand in every latency.
 */

export interface Answer {
  /** The HTTP status; 0 if there was no answer, and then `text` says why. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: readonly Buffer[]
  readonly text: string
}

/** Longest head, and longest line between chunks. */
const MOST_HEAD_BYTES = 2 ** 16

const NOTHING = Buffer.alloc(0)
const SWITCHING_PROTOCOLS = 101
/** Without a body, whatever their headers say. */
const EMPTY = [204, 304]

type Part = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'over'

/** Reads one answer out of the pieces in which it comes. */
export class AnswerReader {
  #part: Part = 'head'
  /** What has come and is not read yet. */
  #rest: Buffer = NOTHING
  /** Bytes of the body, or of its chunk, that have yet to come. */
  #leftBytes = 0
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  readonly #chunks: Buffer[] = []
  #isLast = false

  get hasBegun(): boolean {
    return this.#part !== 'head' || this.#rest.length > 0
  }

  /** Whether the connection is of no use after this answer: the server closes it, or sent more than was asked for. */
  get isLast(): boolean {
    return this.#isLast || this.#rest.length > 0
  }

  /**
   * Takes a piece of what came.
   * @returns the answer once it is complete
   * @throws Error if this is not HTTP
   */
  push(piece: Buffer): Answer | undefined {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    while (this.#part !== 'over') if (!this.#read()) return undefined
    return this.#answer()
  }

  /** The connection has ended: the answer, if that is how it says that it is complete. */
  end(): Answer | undefined {
    const isComplete = this.#part === 'body' && this.#leftBytes === Number.POSITIVE_INFINITY
    return isComplete ? this.#answer() : undefined
  }

  #answer(): Answer {
    return { status: this.#status, headers: this.#headers, chunks: this.#chunks, text: '' }
  }

  /** @returns whether there was enough to get on */
  #read(): boolean {
    if (this.#part === 'body') return this.#readBytes('over')
    if (this.#part === 'chunk') return this.#readBytes('chunk-end')
    const text = this.#upTo(this.#part === 'head' ? '\r\n\r\n' : '\r\n')
    if (text === undefined) return false
    if (this.#part === 'head') this.#readHead(text)
    else if (this.#part === 'chunk-size') this.#readChunkSize(text)
    else if (text === '') this.#part = this.#part === 'chunk-end' ? 'chunk-size' : 'over'
    else if (this.#part === 'chunk-end') throw new Error('a chunk of the answer is too long')
    return true
  }

  #readHead(head: string): void {
    const [first, ...lines] = head.split('\r\n')
    const [, version, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? []
    if (status === undefined) throw new Error('the answer is not HTTP')
    this.#status = Number(status)
    if (this.#status < 200 && this.#status !== SWITCHING_PROTOCOLS) return
    this.#headers = headersOf(lines)
    const connection = this.#headers.connection ?? (version === '0' ? 'close' : 'keep-alive')
    this.#isLast = !/\bkeep-alive\b/i.test(connection)
    this.#begin()
  }

  /** How long the body is (RFC 9112, section 6.3). */
  #begin(): void {
    const { 'transfer-encoding': coding, 'content-length': length } = this.#headers
    if (EMPTY.includes(this.#status) || length === '0') this.#part = 'over'
    else if (coding !== undefined && /\bchunked$/i.test(coding)) this.#part = 'chunk-size'
    else {
      this.#part = 'body'
      this.#leftBytes = Number.POSITIVE_INFINITY
      if (coding === undefined && length !== undefined) this.#leftBytes = wholeNumber(length, 10)
      else this.#isLast = true
    }
  }

  #readChunkSize(line: string): void {
    this.#leftBytes = wholeNumber(line.split(';')[0].trim(), 16)
    this.#part = this.#leftBytes === 0 ? 'trailers' : 'chunk'
  }

  #readBytes(next: Part): boolean {
    const taken = this.#rest.subarray(0, this.#leftBytes)
    if (taken.length === 0) return false
    this.#chunks.push(taken)
    this.#rest = this.#rest.subarray(taken.length)
    this.#leftBytes -= taken.length
    if (this.#leftBytes === 0) this.#part = next
    return true
  }

  /** What comes before a mark, which is read with it; undefined if it has not come. */
  #upTo(mark: string): string | undefined {
    const end = this.#rest.indexOf(mark)
    if (end < 0 && this.#rest.length > MOST_HEAD_BYTES)
      throw new Error('the head of the answer is too long')
    if (end < 0) return undefined
    const text = this.#rest.toString('latin1', 0, end)
    this.#rest = this.#rest.subarray(end + mark.length)
    return text
  }
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}

function wholeNumber(text: string, radix: 10 | 16): number {
  const value = (radix === 10 ? /^\d+$/ : /^[\da-f]+$/i).test(text)
    ? Number.parseInt(text, radix)
    : NaN
  if (Number.isSafeInteger(value)) return value
  throw new Error('the length of the answer is no number')
}
