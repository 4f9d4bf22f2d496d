import assert from 'node:assert/strict'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { after, before } from 'node:test'
import { startEchoes } from '../echo.test.fixture.js'
import type { RunningServer, ServerOptions } from '../server.js'
import { bytes, Decoded, type Field, integer, message, packed } from './wire.test.fixture.js'

/** How a call ended. */
export interface Outcome {
  /** The status code. */
  readonly code: number
  readonly details: string
  readonly messages: readonly Uint8Array[]
  /** The byte before each message: 1 if it is compressed. */
  readonly flags: readonly number[]
  readonly trailers: Readonly<Record<string, unknown>>
}

/** Status codes by name, as gRPC numbers them. */
export const CODES = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
}

/** A client on plain HTTP/2 that follows the specification of gRPC and shares no code with the server. */
export class GrpcClient {
  readonly server: RunningServer
  readonly #session: ClientHttp2Session

  constructor(server: RunningServer) {
    this.server = server
    this.#session = connect(`http://${server.grpcAddress}`)
  }

  /** Sends messages, or bytes that are no messages, and waits for the call to end. */
  async call(
    method: string,
    messages: readonly Uint8Array[],
    headers: Record<string, string> = {},
  ): Promise<Outcome> {
    const stream = this.open(method, headers)
    stream.end(Buffer.concat(messages.map((one) => framed(one))))
    return outcome(stream)
  }

  open(method: string, headers: Record<string, string> = {}): ClientHttp2Stream {
    return this.#session.request({
      ':method': 'POST',
      ':path': `/inference.GRPCInferenceService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
  }

  /** The answer of a call that succeeds. */
  async ask(method: string, ...fields: readonly Field[]): Promise<Decoded> {
    const { code, details, messages } = await this.call(method, [message(...fields)])
    assert.equal(code, CODES.OK, details)
    assert.equal(messages.length, 1)
    return new Decoded(messages[0])
  }

  /** The error message of a call that fails. */
  async refused(code: number, method: string, ...fields: readonly Field[]): Promise<string> {
    const outcome = await this.call(method, [message(...fields)])
    assert.equal(outcome.code, code, outcome.details)
    return outcome.details
  }

  close(): void {
    this.#session.destroy()
  }
}

/** Frames a message as gRPC does: a flag that says whether it is compressed, then its length. */
export function framed(content: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flag
  head.writeUInt32BE(content.byteLength, 1)
  return Buffer.concat([head, content])
}

/** Waits until a call ends, whether it succeeds or fails. */
export async function outcome(stream: ClientHttp2Stream): Promise<Outcome> {
  let headers: Record<string, unknown> = {}
  const pieces: Buffer[] = []
  stream.on('response', (response) => {
    headers = { ...headers, ...response }
  })
  stream.on('trailers', (trailers) => {
    headers = { ...headers, ...trailers }
  })
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  stream.on('error', () => {})
  await new Promise((resolve) => stream.once('close', resolve))
  const content = Buffer.concat(pieces)
  const messages: Uint8Array[] = []
  const flags: number[] = []
  for (let at = 0; at < content.byteLength; ) {
    const length = content.readUInt32BE(at + 1)
    flags.push(content[at])
    messages.push(content.subarray(at + 5, at + 5 + length))
    at += 5 + length
  }
  return {
    code: Number(headers['grpc-status'] ?? statusOfReset(stream.rstCode)),
    details: decodeURIComponent(String(headers['grpc-message'] ?? '')),
    messages,
    flags,
    trailers: headers,
  }
}

/** The status of a call that the server reset, from the code, as gRPC prescribes. */
function statusOfReset(code: number): number {
  return code === constants.NGHTTP2_ENHANCE_YOUR_CALM ? CODES.RESOURCE_EXHAUSTED : CODES.CANCELLED
}

/** A client of a server of echoes. Both last as long as the tests of a file. */
export function grpcClientOfEchoes(options: Partial<ServerOptions> = {}): () => GrpcClient {
  let client: GrpcClient
  before(async () => {
    client = new GrpcClient(await startEchoes(options))
  })
  after(async () => {
    client.close()
    await client.server.stop(0)
  })
  return () => client
}

/** An input of a ModelInferRequest. */
export function input(
  name: string,
  datatype: string,
  shape: readonly number[],
  ...more: readonly Field[]
): Field {
  return bytes(5, message(bytes(1, name), bytes(2, datatype), packed(3, shape), ...more))
}

/** Parameter values. */
export const ofText = (value: string) => message(bytes(3, value))
export const ofInteger = (value: number) => message(integer(2, value))
