import net from 'node:net'
import tls from 'node:tls'
import type { ClientOptions } from './client.js'
import { type Answer, AnswerReader } from './http-answer.js'

/** The request of one exchange. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

const CUT_SHORT = 'the connection ended within the answer'
const NOT_ANSWERED = 'the connection ended before the answer'

/** A question that waits for its answer. */
interface Exchange {
  readonly bytes: Buffer
  /** Called once it is handed to a connection. */
  readonly left: () => void
  readonly settle: (answer: Answer) => void
}

/** Runs one exchange after another on each of a number of kept connections. */
export class HttpConnections {
  readonly #url: URL
  readonly #options: ClientOptions
  readonly #open = new Set<Connection>()
  /** Those of the open connections that do nothing, the one that was used last at the end. */
  #idle: Connection[] = []
  readonly #waiting = new Set<Exchange>()

  constructor(url: URL, options: ClientOptions) {
    this.#url = url
    this.#options = options
  }

  /** A question as bytes, which may be sent many times. */
  encode({ method, path, headers, body }: Question): Buffer {
    const fields = {
      host: this.#url.host,
      ...this.#options.headers,
      ...headers,
      'content-length': body?.length ?? 0,
    }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    const target = this.#url.pathname.replace(/\/$/, '') + path
    const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`)
    return body === undefined ? head : Buffer.concat([head, body])
  }

  /** Never rejects. `left` is called when the question is handed to a connection. */
  exchange(bytes: Buffer, left: () => void): Promise<Answer> {
    const { timeoutMs } = this.#options
    return new Promise((resolve) => {
      const exchange: Exchange = {
        bytes,
        left,
        settle: (answer) => {
          clearTimeout(timer)
          resolve(answer)
        },
      }
      const timer = setTimeout(() => {
        this.#giveUp(exchange, `no answer within ${timeoutMs / 1000} s`)
      }, timeoutMs)
      this.#waiting.add(exchange)
      this.#serveNext()
    })
  }

  close(): void {
    for (const exchange of this.#waiting) this.#giveUp(exchange, 'closed')
    for (const connection of this.#open) connection.end('closed')
  }

  #giveUp(exchange: Exchange, reason: string): void {
    if (this.#waiting.delete(exchange)) exchange.settle(noAnswer(reason))
    else for (const one of this.#open) if (one.exchange === exchange) one.end(reason)
  }

  /** Hands the question that has waited longest to a connection, if there is one. */
  #serveNext(): void {
    const [exchange] = this.#waiting
    if (exchange === undefined) return
    const connection = this.#free()
    if (connection === undefined) return
    this.#waiting.delete(exchange)
    connection.take(exchange)
  }

  #free(): Connection | undefined {
    const idle = this.#idle.pop()
    if (idle !== undefined || this.#open.size >= this.#options.connections) return idle
    const connection = new Connection(this.#url, {
      isFree: () => {
        this.#idle.push(connection)
        this.#serveNext()
      },
      hasEnded: () => {
        this.#open.delete(connection)
        this.#idle = this.#idle.filter((one) => one !== connection)
        this.#serveNext()
      },
    })
    this.#open.add(connection)
    return connection
  }
}

interface Events {
  isFree(): void
  hasEnded(): void
}

/** One connection, and the exchange on it. */
class Connection {
  readonly #socket: net.Socket
  readonly #events: Events
  exchange: Exchange | undefined
  #reader = new AnswerReader()
  #isConnected = false

  constructor(url: URL, events: Events) {
    this.#events = events
    this.#socket = socketTo(url, () => {
      this.#isConnected = true
      this.exchange?.left()
    })
    this.#socket.on('data', (piece: Buffer) => this.#read(piece))
    this.#socket.on('error', ({ message }) => this.end(message))
    this.#socket.on('close', () => this.#onClose())
  }

  take(exchange: Exchange): void {
    this.exchange = exchange
    this.#reader = new AnswerReader()
    this.#socket.write(exchange.bytes)
    if (this.#isConnected) exchange.left()
  }

  /** Ends the connection and fails what is under way on it. */
  end(reason: string): void {
    this.#settle(noAnswer(reason))
    this.#socket.destroy()
  }

  #read(piece: Buffer): void {
    try {
      const answer = this.#reader.push(piece)
      if (answer === undefined) return
      const isOver = this.#reader.isLast || this.#socket.writableLength > 0
      const hadExchange = this.exchange !== undefined
      this.#settle(answer)
      if (isOver || !hadExchange) this.#socket.destroy()
      else this.#events.isFree()
    } catch (error) {
      this.end((error as Error).message)
    }
  }

  #onClose(): void {
    const reason = this.#reader.hasBegun ? CUT_SHORT : NOT_ANSWERED
    this.#settle(this.#reader.end() ?? noAnswer(reason))
    this.#events.hasEnded()
  }

  #settle(answer: Answer): void {
    const { exchange } = this
    this.exchange = undefined
    exchange?.settle(answer)
  }
}

function socketTo({ protocol, hostname, port }: URL, connected: () => void): net.Socket {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (protocol === 'http:')
    return net.connect({ host, port: Number(port || 80), noDelay: true }, connected)
  const name = net.isIP(host) === 0 ? { servername: host } : {}
  return tls
    .connect({ host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...name }, connected)
    .setNoDelay()
}

function noAnswer(text: string): Answer {
  return { status: 0, headers: {}, chunks: [], text }
}
