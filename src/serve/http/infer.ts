import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reservation } from '../admission.js'
import type { Context } from '../context.js'
import type { WireResponse } from '../inference-service.js'
import { Presence } from '../presence.js'
import { Refusal } from '../refusal.js'
import type { WireRequest } from '../requests.js'
import type { RegionLease } from '../shared-memory.js'
import { answerPieces, answerRefusal } from './answer.js'
import { readBody } from './body.js'
import { chooseEncoding, compress } from './compression.js'
import { readInferRequest, readRawRequest, type Target } from './infer-request.js'
import { encodeResponse } from './infer-response.js'

/** Serves one inference request; whatever becomes of it is answered and entered in the books. */
export async function infer(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const { service } = context
  const ticket = service.books.open(service.countedName(target.model))
  const lease = service.memory.lease()
  const reservation = context.admission.reserve(0)
  const presence = new Presence()
  response.once('close', () => presence.leave())
  try {
    const tenant = context.tenants.tenantOf(request.headers.authorization)
    service.books.identify(ticket, tenant)
    service.checkOpen()
    // Nobody sends a large body in vain.
    service.metadata(target.model, target.version)
    const wire = await readRequest(context, request, target, lease, reservation)
    const caller = { tenant, presence }
    await answer(request, response, await service.infer(wire, caller))
    ticket.answered()
  } catch (error) {
    const refusal = service.explained(error)
    ticket.refused(refusal)
    answerRefusal(response, refusal)
  } finally {
    lease.release()
    reservation.release()
  }
}

async function readRequest(
  context: Context,
  request: IncomingMessage,
  target: Target,
  lease: RegionLease,
  reservation: Reservation,
): Promise<WireRequest> {
  const { service, limits } = context
  const body = await readBody(request, limits.bodyBytes, reservation)
  const headerLength = readHeaderLength(request.headers['inference-header-content-length'])
  return headerLength === 0
    ? readRawRequest(target, body, service.metadata(target.model, target.version))
    : readInferRequest(target, body, headerLength, lease)
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
    answerPieces(response, headers, pieces)
    return
  }
  headers['Content-Encoding'] = encoding
  answerPieces(response, headers, [await compress(encoding, Buffer.concat(pieces))])
}
