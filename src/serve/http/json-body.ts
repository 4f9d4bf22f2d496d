import { isRecord } from '../../is-object.js'
import { Refusal } from '../refusal.js'
import { readBody } from './body.js'
import type { Call } from './call.js'
import { parseJson, textOfJson } from './json.js'

/** Enough, because only inference has long bodies. */
const MOST_BYTES = 2 ** 20

/** The JSON object in a call's body; an empty body is an empty object. @throws Refusal */
export async function readJsonBody({
  context,
  request,
}: Call): Promise<Readonly<Record<string, unknown>>> {
  const reservation = context.memoryBudget.reserve(0)
  try {
    const body = await readBody(request, MOST_BYTES, reservation)
    const text = textOfJson(body.contiguous())
    if (text.trim() === '') return {}
    const value = parseJson(text)
    if (isRecord(value)) return value as Record<string, unknown>
    throw new Refusal('invalid', 'expected the body to be a JSON object')
  } finally {
    reservation.release()
  }
}
