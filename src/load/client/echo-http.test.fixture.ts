import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import type { TensorMetadata } from './client.js'

/** A request as it was received, for tests that check its bytes. */
export interface Received {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** How the server ends a request instead of answering it. */
export interface Refusal {
  readonly status: number
  readonly body: string
}

export interface EchoServer {
  readonly url: string
  readonly received: Received[]
  close(): Promise<void>
}

interface InputJson extends TensorMetadata {
  readonly parameters?: { readonly binary_data_size?: number }
  readonly data?: unknown
}

const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/\d+)?(?:\/(infer))?$/

/**
 * A server of the protocol by its specification, on plain node:http, until the test ends. Its models return their
 * inputs as outputs, in the form in which they came.
 * @param inputs the inputs in the metadata of each model
 * @param before called before each inference; it may wait, and may end the request
 */
export async function startEchoServer(
  inputs: readonly TensorMetadata[],
  before: (index: number) => Promise<Refusal | undefined> = async () => undefined,
  models: readonly string[] = ['echo'],
): Promise<EchoServer> {
  const received: Received[] = []
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { url: path = '', headers } = request
      const body = Buffer.concat(chunks)
      const json = (status: number, value: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(typeof value === 'string' ? value : JSON.stringify(value))
      }
      if (path === '/v2') return json(200, { name: 'echo', version: '1', extensions: ['e'] })
      if (path === '/v2/repository/index') {
        return json(
          200,
          models.map((name) => ({ name })),
        )
      }
      if (path.startsWith('/v2/systemsharedmemory/')) {
        received.push({ path, headers, body })
        return json(200, '')
      }
      const [, name = '', action] = MODEL.exec(path) ?? []
      if (!models.includes(decodeURIComponent(name))) return json(404, { error: 'no such thing' })
      if (action === undefined)
        return json(200, { name, platform: 'test', inputs, outputs: inputs })
      received.push({ path, headers, body })
      const refusal = await before(received.length - 1)
      if (refusal !== undefined) return json(refusal.status, refusal.body)
      answer(request, body, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  after(close)
  return { url: `http://127.0.0.1:${port}`, received, close }
}

function answer(
  { headers }: http.IncomingMessage,
  body: Buffer,
  response: http.ServerResponse,
): void {
  const length = headers['inference-header-content-length']
  const jsonBytes = length === undefined ? body.length : Number(length)
  const { id, inputs }: { id?: string; inputs: InputJson[] } = JSON.parse(
    body.subarray(0, jsonBytes).toString(),
  )
  const json = Buffer.from(
    JSON.stringify({
      model_name: 'echo',
      model_version: '7',
      id,
      outputs: inputs.map(({ name, datatype, shape, parameters, data }) => ({
        name,
        datatype,
        shape,
        ...(parameters === undefined ? { data } : { parameters }),
      })),
    }),
  )
  const raw = body.subarray(jsonBytes)
  response.writeHead(200, {
    'content-length': json.length + raw.length,
    ...(raw.length > 0 && { 'inference-header-content-length': json.length }),
  })
  response.end(Buffer.concat([json, raw]))
}
