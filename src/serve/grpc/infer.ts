import type { Context } from '../context.js'
import type { WireResponse } from '../inference-service.js'
import { Presence } from '../presence.js'
import { Refusal } from '../refusal.js'
import { type Holdings, takeOn } from '../take-on.js'
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

/** How many requests of one stream may be under way. */
const MOST_OF_STREAM = 64

/** Tells clients of a stream that a request has no other answer. */
const FINAL = {
  triton_final_response: { parameterChoice: { case: 'boolParam', value: true } },
} as const

/** Serves one inference request, and always answers it. */
export async function infer(context: Context, call: Call): Promise<void> {
  const message = await readMessage(context, call)
  const { presence } = call
  const refusal = await inferOne(context, call, { message, presence, ownBytes: 0 }, (response) =>
    call.answer(encodeMessage(ModelInferResponseSchema, encodeResponse(response))),
  )
  if (refusal !== undefined) call.refuse(refusal)
}

async function readMessage(context: Context, call: Call): Promise<ModelInferRequest | Refusal> {
  try {
    checkKey(context, call)
    const bytes = await call.message()
    await nextTurn()
    return decodedOrRefused(context, bytes)
  } catch (error) {
    return context.service.explained(error)
  }
}

/** Whoever has no key is refused before a message is read: it would hold memory of those who have one. */
function checkKey({ tenants }: Context, call: Call): void {
  tenants.tenantOf(call.header('authorization'))
}

/** By this metadata, a client of Triton asks that the first error of a stream be its status, and its end. */
const ENDS_WITH_ERROR = 'triton_grpc_error'

/** Serves the requests of one stream, several at a time, and answers them in the order they came in. */
export async function inferStream(context: Context, call: Call): Promise<void> {
  checkKey(context, call)
  const presences = new Set<Presence>()
  call.presence.onLeave(() => {
    for (const presence of presences) presence.leave()
  })
  const answers: Promise<void>[] = []
  try {
    for await (const bytes of call.messages()) {
      const presence = new Presence()
      presences.add(presence)
      const answer = answerInTurn(context, call, { bytes, presence, earlier: answers.at(-1) })
        // An answer that cannot be sent ends the call.
        .catch((error) => call.refuse(context.service.explained(error)))
        .finally(() => presences.delete(presence))
      answers.push(answer)
      if (answers.length === MOST_OF_STREAM) await answers.shift()
    }
  } finally {
    await Promise.all(answers)
  }
  call.end()
}

interface Turn {
  readonly bytes: Buffer
  readonly presence: Presence
  /** The answer before it. */
  readonly earlier: Promise<void> | undefined
}

/** Resolves once the answer has been sent. */
async function answerInTurn(
  context: Context,
  call: Call,
  { bytes, presence, earlier }: Turn,
): Promise<void> {
  const send = async (answer: Buffer): Promise<void> => {
    await earlier
    await call.send(answer)
  }
  const message = decodedOrRefused(context, bytes)
  const ownBytes = bytes.byteLength
  const request = { message, presence, ownBytes }
  const refusal = await inferOne(context, call, request, async (response, { reservation }) => {
    const inferResponse = { ...encodeResponse(response), parameters: FINAL }
    const answer = encodeMessage(ModelStreamInferResponseSchema, { inferResponse })
    // It waits for those before it, and these for a client that may not read them.
    reservation.grow(answer.byteLength)
    await send(answer)
  })
  if (refusal === undefined) return
  if (call.header(ENDS_WITH_ERROR) === 'true') {
    await earlier
    throw refusal
  }
  const inferResponse = { id: message instanceof Refusal ? '' : message.id, parameters: FINAL }
  const errorMessage = refusal.message
  await send(encodeMessage(ModelStreamInferResponseSchema, { errorMessage, inferResponse }))
}

interface OneRequest {
  readonly message: ModelInferRequest | Refusal
  readonly presence: Presence
  /** What it holds beside what its call does. */
  readonly ownBytes: number
}

/** @returns why there is no response, or undefined once it has been sent */
function inferOne(
  context: Context,
  call: Call,
  { message, presence, ownBytes }: OneRequest,
  send: (response: WireResponse, holdings: Holdings) => Promise<void>,
): Promise<Refusal | undefined> {
  const { leftUs } = call
  const arrival = {
    model: message instanceof Refusal ? '' : message.modelName,
    authorization: call.header('authorization'),
    traceparent: call.header('traceparent'),
    presence,
  }
  return takeOn(context, arrival, async (caller, holdings) => {
    if (message instanceof Refusal) throw message
    holdings.reservation.cover(ownBytes)
    const request = readInferRequest(message, holdings.lease)
    const timeout = leftUs === undefined ? {} : { timeoutUs: leftUs }
    const response = await context.service.infer(request, { ...timeout, ...caller })
    await nextTurn()
    await send(response, holdings)
  })
}

function decodedOrRefused(
  { service, limits }: Context,
  bytes: Buffer,
): ModelInferRequest | Refusal {
  try {
    checkParts(bytes, limits.parsedBytes)
    return decodeMessage(ModelInferRequestSchema, bytes)
  } catch (error) {
    return service.explained(error)
  }
}
