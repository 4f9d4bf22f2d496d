import { once } from 'node:events'
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import type { Context } from '../context.js'
import type { WireResponse } from '../inference-service.js'
import { Presence } from '../presence.js'
import type { Refusal } from '../refusal.js'
import { takeOn } from '../take-on.js'
import { errorOf, headerOf, type ServerCall } from './calls.js'
import { readInferRequest } from './infer-request.js'
import { encodeResponse } from './infer-response.js'
import {
  type ModelInferRequest,
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
} from './inference_pb.js'
import { decodeMessage, encodeMessage } from './messages.js'

/** Serves one inference request, and always answers it. */
export async function infer(
  context: Context,
  call: ServerUnaryCall<Buffer, Buffer>,
  reply: sendUnaryData<Buffer>,
): Promise<void> {
  const refusal = await inferOne(context, call, call.request, (response) =>
    reply(null, encodeMessage(ModelInferResponseSchema, encodeResponse(response))),
  )
  if (refusal !== undefined) reply(errorOf(refusal))
}

/** Serves requests as they come over one stream, answering them in order. */
export async function inferStream(
  context: Context,
  call: ServerDuplexStream<Buffer, Buffer>,
): Promise<void> {
  try {
    // The stream must not be destroyed at the end of reading, since answers are still written to
    // it.
    const requests = call.iterator({ destroyOnReturn: false })
    for await (const bytes of requests) await answerInStream(context, call, bytes as Buffer)
    call.end()
  } catch {
    // The client broke the stream off; its requests are already in the books.
  }
}

async function answerInStream(
  context: Context,
  call: ServerDuplexStream<Buffer, Buffer>,
  bytes: Buffer,
): Promise<void> {
  const write = (message: Buffer): void => void call.write(message)
  const refusal = await inferOne(context, call, bytes, (response) => {
    const inferResponse = encodeResponse(response)
    write(encodeMessage(ModelStreamInferResponseSchema, { inferResponse }))
  })
  if (refusal !== undefined) {
    const errorMessage = refusal.message
    write(encodeMessage(ModelStreamInferResponseSchema, { errorMessage }))
  }
  if (call.writableNeedDrain && !call.cancelled) await once(call, 'drain')
}

/** @returns why there is no response, or undefined once it has been sent */
async function inferOne(
  context: Context,
  call: ServerCall,
  bytes: Buffer,
  send: (response: WireResponse) => void,
): Promise<Refusal | undefined> {
  const presence = new Presence()
  const leave = (): void => presence.leave()
  call.once('cancelled', leave)
  const message = decodedOrRefused(bytes)
  const model = 'modelName' in message ? message.modelName : ''
  const arrival = {
    model,
    authorization: headerOf(call, 'authorization'),
    traceparent: headerOf(call, 'traceparent'),
    presence,
  }
  try {
    return await takeOn(context, arrival, async (caller, { lease, reservation }) => {
      reservation.cover(bytes.byteLength)
      if (!('modelName' in message)) throw message
      const request = readInferRequest(message, lease)
      send(await context.service.infer(request, { ...caller, ...deadlineOf(call) }))
    })
  } finally {
    call.off('cancelled', leave)
  }
}

function decodedOrRefused(bytes: Buffer): ModelInferRequest | Refusal {
  try {
    return decodeMessage(ModelInferRequestSchema, bytes)
  } catch (error) {
    return error as Refusal
  }
}

/** The time that is left of what the client gave the call. */
function deadlineOf(call: ServerCall): { timeoutUs?: number } {
  const deadlineMs = Number(call.getDeadline())
  if (!Number.isFinite(deadlineMs)) return {}
  return { timeoutUs: Math.max(1, (deadlineMs - Date.now()) * 1000) }
}
