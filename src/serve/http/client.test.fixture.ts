import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { startEchoes } from '../echo.test.fixture.js'
import type { RunningServer, ServerOptions } from '../server.js'

/** A client that follows the specification and shares no code with the server. */
export interface Client {
  readonly server: RunningServer
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(
    path: string,
    body?: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<Response>
  inferJson(model: string, request: unknown): Promise<Response>
  /** JSON and binary parts, as the binary-tensor extension describes them. */
  inferBinary(model: string, json: unknown, tail: readonly number[]): Promise<Response>
}

/** A client of a server of echoes. Both last as long as the tests of a file. */
export function clientOfEchoes(options: Partial<ServerOptions> = {}): Client {
  let server: RunningServer
  before(async () => {
    server = await startEchoes(options)
  })
  after(() => server.stop(0))
  const client: Client = {
    get server() {
      return server
    },
    get: (path, headers = {}) => fetch(`${server.httpUrl}${path}`, { headers }),
    post: (path, body = '', headers = {}) =>
      fetch(`${server.httpUrl}${path}`, {
        method: 'POST',
        body: body as string,
        headers: { 'accept-encoding': 'identity', ...headers },
      }),
    inferJson: (model, request) =>
      client.post(`/v2/models/${model}/infer`, JSON.stringify(request)),
    inferBinary: (model, json, tail) => {
      const head = Buffer.from(JSON.stringify(json))
      return client.post(`/v2/models/${model}/infer`, Buffer.concat([head, Buffer.from(tail)]), {
        'inference-header-content-length': `${head.byteLength}`,
      })
    },
  }
  return client
}

export interface InferAnswer {
  readonly model_name: string
  readonly model_version: string
  readonly id?: string
  readonly outputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
    readonly data?: readonly unknown[]
    readonly parameters?: Readonly<Record<string, unknown>>
  }[]
}

/** The JSON of an answer, in the form that the test expects. */
export async function jsonOf<T>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T
}

/** The JSON of an answer, and the bytes that follow it. */
export async function split(response: Response): Promise<{ json: InferAnswer; tail: number[] }> {
  const length = Number(response.headers.get('inference-header-content-length'))
  const body = Buffer.from(await response.arrayBuffer())
  assert.equal(Number(response.headers.get('content-length')), body.byteLength)
  return { json: JSON.parse(body.subarray(0, length).toString()), tail: [...body.subarray(length)] }
}

/** The error message of an answer with this status: one line, and nothing else. */
export async function errorOf(response: Response, status: number): Promise<string> {
  assert.equal(response.status, status)
  assert.match(response.headers.get('content-type') ?? '', /application\/json/)
  const { error, ...rest } = await jsonOf<{ error: string }>(response)
  assert.deepEqual(rest, {})
  assert.ok(error.length > 0 && !error.includes('\n'), error)
  return error
}

/** An input for the echo of FP32. */
export function fp32(name = 'IN_FP32', shape: unknown = [1, 2], data: unknown = [1, 2]) {
  return { name, datatype: 'FP32', shape, data }
}
