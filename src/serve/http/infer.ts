import type { IncomingMessage, ServerResponse } from 'node:http'
import { Cancellation } from '../cancellation.js'
import type { Context } from '../context.js'
import type { WireResponse } from '../inference-service.js'
import { Refusal } from '../refusal.js'
import type { WireRequest } from '../requests.js'
import { type RequestResources, serveInference } from '../serve-inference.js'
import { compress, tooLarge } from '../tensors/codecs.js'
import { nextTurn } from '../turns.js'
import { answerPieces, answerRefusal } from './answer.js'
import { readBody } from './body.js'
import { chooseEncoding } from './compression.js'
import { readInferRequest, readRawRequest, type Target } from './infer-request.js'
import { encodeResponse } from './infer-response.js'
import { checkPipelined } from './pipelining.js'

/** Serves one inference request, and always answers it. */
export async function infer(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const { service } = context
  const { model, version } = target
  const { authorization } = request.headers
  const traceparent = request.headers.traceparent as string | undefined
  const cancellation = new Cancellation()
  response.on('close', () => cancellation.cancel())
  const refusal = await serveInference(
    context,
    { model, authorization, cancellation, traceparent },
    async (caller, resources) => {
      checkPipelined(request.socket, context.limits.pipelined)
      // A request that will be refused anyway is refused here, so that the client need not send a large body in
      // vain.
      service.metadata(model, version)
      const wire = await readRequest(context, request, target, resources)
      const result = await service.infer(wire, caller)
      await nextTurn(request.socket)
      await answer(context, request, response, result)
    },
  )
  if (refusal !== undefined) answerRefusal(response, refusal)
}

async function readRequest(
  { service, limits }: Context,
  request: IncomingMessage,
  target: Target,
  { lease, reservation }: RequestResources,
): Promise<WireRequest> {
  const body = await readBody(request, limits.bodyBytes, reservation)
  await nextTurn(request.socket)
  const headerLength = readHeaderLength(request.headers['inference-header-content-length'])
  if (headerLength === 0)
    return readRawRequest(target, body, service.metadata(target.model, target.version))
  const jsonLength = headerLength ?? body.byteLength
  if (jsonLength > limits.parsedBytes) throw tooLarge('the JSON', limits.parsedBytes)
  return readInferRequest(target, body, jsonLength, lease)
}

function readHeaderLength(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return undefined
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text)
  throw new Refusal(
    'invalid',
    `Inference-Header-Content-Length: expected a length in bytes, found '${text}'`,
  )
}

async function answer(
  { memoryBudget }: Context,
  request: IncomingMessage,
  response: ServerResponse,
  result: WireResponse,
): Promise<void> {
  const { headerLength, pieces } = encodeResponse(result)
  const headers: Record<string, string | number> =
    headerLength === undefined
      ? { 'Content-Type': 'application/json' }
      : {
          'Content-Type': 'application/octet-stream',
          'Inference-Header-Content-Length': headerLength,
        }
  const encoding = chooseEncoding(request.headers['accept-encoding'] as string | undefined)
  if (encoding === undefined) {
    answerPieces({ response, memoryBudget }, 200, headers, pieces)
    return
  }
  headers['Content-Encoding'] = encoding
  const whole = Buffer.concat(pieces.map((piece) => Buffer.from(piece)))
  answerPieces({ response, memoryBudget }, 200, headers, [await compress(encoding, whole)])
}
