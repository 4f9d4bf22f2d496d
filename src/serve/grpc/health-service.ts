/** gRPC's own health service, which load balancers and Kubernetes ask. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import type { Call } from './call.js'
import { HealthCheckRequestSchema, HealthCheckResponseSchema } from './health_pb.js'
import { GRPCInferenceService } from './inference_pb.js'
import { decodeMessage, encodeMessage } from './messages.js'

const SERVING = 1
const NOT_SERVING = 2
const SERVICE_UNKNOWN = 3

/** A watcher hears of a change within this time. */
const LOOK_EVERY_MS = 200

export async function check(context: Context, call: Call): Promise<void> {
  const service = await serviceAsked(call)
  const status = statusOf(context, service)
  if (status === SERVICE_UNKNOWN) throw new Refusal('not-found', `there is no service '${service}'`)
  await call.answer(encodeMessage(HealthCheckResponseSchema, { status }))
}

/** Sends the status at once and after every change, until the client leaves or the server ends. */
export async function watch(context: Context, call: Call): Promise<void> {
  const service = await serviceAsked(call)
  let told: number | undefined
  while (!call.cancellation.isCancelled) {
    const status = statusOf(context, service)
    if (status !== told) await call.send(encodeMessage(HealthCheckResponseSchema, { status }))
    told = status
    context.service.checkOpen()
    await sleep(LOOK_EVERY_MS, undefined, { ref: false })
  }
}

async function serviceAsked(call: Call): Promise<string> {
  return decodeMessage(HealthCheckRequestSchema, await call.message()).service
}

/** The status of the service with this name; an empty name stands for the whole server. */
function statusOf({ service: { isReady } }: Context, service: string): number {
  if (service !== '' && service !== GRPCInferenceService.typeName) return SERVICE_UNKNOWN
  return isReady ? SERVING : NOT_SERVING
}
