/** The protocol over HTTP/1.1. */
import type { z } from 'zod'
import { jsonOrUndefined } from '../../json-or-undefined.js'
import {
  type AnswerLimits,
  type Call,
  type ClientOptions,
  type Ending,
  type InferenceClient,
  type InferRequest,
  type InferResponse,
  MOST_ANSWER_BYTES,
  MOST_DESCRIPTION_BYTES,
  ServerError,
} from './client.js'
import { type Answer, HttpConnections, type Question } from './http-connections.js'
import {
  checkedJson,
  decodeInferResponse,
  encodeInferRequest,
  JSON_LENGTH_HEADER,
  modelIndexSchema,
  modelMetadataSchema,
  serverMetadataSchema,
} from './http-messages.js'

/** A client for the server at a URL. A path in the URL is put before the protocol's own paths. */
export function httpClient(url: URL, options: ClientOptions): InferenceClient {
  const connections = new HttpConnections(url, options)
  const ask = (question: Question, mostBytes = MOST_DESCRIPTION_BYTES): Promise<Answer> =>
    connections.exchange(question, { keptBytes: mostBytes, mostBytes }, () => {})
  const read = async <T>(
    question: Question,
    decode: (answer: Answer) => T,
    mostBytes?: number,
  ): Promise<T> => {
    const answer = await ask(question, mostBytes)
    if (answer.status !== 200) throw errorOf(answer)
    try {
      return decode(answer)
    } catch (error) {
      throw new ServerError(0, `${question.path}: ${(error as Error).message}`)
    }
  }
  const json = <T>(question: Question, schema: z.ZodType<T>): Promise<T> =>
    read(question, (answer) => checkedJson(bodyOf(answer), schema))
  /** For answers that contain nothing but their status. */
  const done = async (question: Question): Promise<void> => {
    const answer = await ask(question)
    if (answer.status !== 200) throw errorOf(answer)
  }
  const question = (request: InferRequest): Question => ({
    method: 'POST',
    path: `${modelPath(request.model, request.version)}/infer`,
    ...encodeInferRequest(request, options.encoding),
  })
  return {
    serverMetadata: () => json({ method: 'GET', path: '/v2' }, serverMetadataSchema),
    modelMetadata: (model, version) =>
      json({ method: 'GET', path: modelPath(model, version) }, modelMetadataSchema),
    async readyModels() {
      const body = Buffer.from('{"ready":true}')
      const question: Question = { method: 'POST', path: '/v2/repository/index', body }
      return (await json(question, modelIndexSchema)).map(({ name }) => name)
    },
    prepare: (request) => callOf(connections, question(request)),
    infer: (request) => read(question(request), inferResponseOf, MOST_ANSWER_BYTES),
    async registerSharedMemory({ name, key, offset, byteSize }) {
      const body = Buffer.from(JSON.stringify({ key, offset, byte_size: byteSize }))
      await done({ method: 'POST', path: `${regionPath(name)}/register`, body })
    },
    unregisterSharedMemory: (name) =>
      done({ method: 'POST', path: `${regionPath(name)}/unregister` }),
    close: () => connections.close(),
  }
}

/** A call reads no tensors, only the reason of a failure; connections are many, and so would be what they keep. */
const REASON: AnswerLimits = { keptBytes: 4096, mostBytes: MOST_ANSWER_BYTES }

function callOf(connections: HttpConnections, question: Question): Call {
  return async (left) => {
    const answer = await connections.exchange(question, REASON, left)
    const ending = endingOf(answer.status)
    return { ending, reason: ending === 'answered' ? '' : errorOf(answer).message }
  }
}

const TOO_MANY_REQUESTS = 429
const GATEWAY_TIMEOUT = 504

function endingOf(status: number): Ending {
  if (status === 200) return 'answered'
  if (status === TOO_MANY_REQUESTS) return 'refused'
  return status === GATEWAY_TIMEOUT ? 'dropped' : 'failed'
}

function modelPath(model: string, version: string | undefined): string {
  const path = `/v2/models/${encodeURIComponent(model)}`
  return version ? `${path}/versions/${encodeURIComponent(version)}` : path
}

function regionPath(name: string): string {
  return `/v2/systemsharedmemory/region/${encodeURIComponent(name)}`
}

function inferResponseOf(answer: Answer): InferResponse {
  const length = answer.headers[JSON_LENGTH_HEADER]
  return decodeInferResponse(bodyOf(answer), length === undefined ? undefined : Number(length))
}

function bodyOf({ chunks }: Answer): Buffer {
  return Buffer.concat(chunks)
}

function errorOf(answer: Answer): ServerError {
  const { status, text } = answer
  if (status === 0) return new ServerError(0, text)
  return new ServerError(status, `HTTP ${status} ${messageIn(`${bodyOf(answer)}`)}`.trim())
}

/**
 * The message in an error. The protocol's errors are `{"error": "…"}`, but a proxy in front of the
 * server may answer with a page of its own.
 */
function messageIn(body: string): string {
  const { error } = Object(jsonOrUndefined(body))
  return typeof error === 'string' ? error : body.split('\n')[0]
}
