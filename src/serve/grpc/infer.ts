import type { Context } from '../context.js'
import type { WireResponse } from '../inference-service.js'
import { asRefusal, Refusal } from '../refusal.js'
import { takeOn } from '../take-on.js'
import { nextTurn } from '../turns.js'
import type { Call } from './call.js'
import { readInferRequest } from './infer-request.js'
import { encodeResponse } from './infer-response.js'
import {
  type ModelInferRequest,
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
} from './inference_pb.js'
import { decodeMessage, encodeMessage } from './messages.js'
import { checkParts } from './parts.js'

/** Serves one inference request, and always answers it. */
export async function infer(context: Context, call: Call): Promise<void> {
  const message = await call
    .message()
    .then(nextTurn)
    .then((bytes) => decodedOrRefused(context, bytes), asRefusal)
  const refusal = await inferOne(context, call, message, (response) =>
    call.answer(encodeMessage(ModelInferResponseSchema, encodeResponse(response))),
  )
  if (refusal !== undefined) call.refuse(refusal)
}

/** Serves requests as they come over one stream, answering them in order. */
export async function inferStream(context: Context, call: Call): Promise<void> {
  for await (const bytes of call.messages()) {
    const message = decodedOrRefused(context, bytes)
    const refusal = await inferOne(context, call, message, (response) => {
      const inferResponse = encodeResponse(response)
      return call.send(encodeMessage(ModelStreamInferResponseSchema, { inferResponse }))
    })
    if (refusal === undefined) continue
    const errorMessage = refusal.message
    await call.send(encodeMessage(ModelStreamInferResponseSchema, { errorMessage }))
  }
  call.end()
}

/** @returns why there is no response, or undefined once it has been sent */
function inferOne(
  context: Context,
  call: Call,
  message: ModelInferRequest | Refusal,
  send: (response: WireResponse) => Promise<void>,
): Promise<Refusal | undefined> {
  const { presence, leftUs } = call
  const arrival = {
    model: message instanceof Refusal ? '' : message.modelName,
    authorization: call.header('authorization'),
    traceparent: call.header('traceparent'),
    presence,
  }
  return takeOn(context, arrival, async (caller, { lease }) => {
    if (message instanceof Refusal) throw message
    const request = readInferRequest(message, lease)
    const timeout = leftUs === undefined ? {} : { timeoutUs: leftUs }
    await send(await context.service.infer(request, { ...timeout, ...caller }).then(nextTurn))
  })
}

function decodedOrRefused({ limits }: Context, bytes: Buffer): ModelInferRequest | Refusal {
  try {
    checkParts(bytes, limits.parsedBytes)
    return decodeMessage(ModelInferRequestSchema, bytes)
  } catch (error) {
    return asRefusal(error)
  }
}
