import type { InferenceService } from '../inference-service.js'

/** What has been counted for a model since the server started. */
export interface Counted {
  readonly received: number
  readonly answered: number
  readonly refused: number
  readonly dropped: number
  readonly failed: number
  /** Samples answered, and the launches that answered them. */
  readonly rows: number
  readonly launches: number
  /** The model's part of the device's energy, J, according to its work; undefined where nothing measures it. */
  readonly energyJ?: number
}

export const NOTHING_COUNTED: Counted = {
  received: 0,
  answered: 0,
  refused: 0,
  dropped: 0,
  failed: 0,
  rows: 0,
  launches: 0,
}

export function countedOf(
  service: InferenceService,
  model: string,
  energyJ: number | undefined,
): Counted {
  const account = service.books.byModel.get(model)
  const { inferenceCount, executionCount } = service.statisticsOf(model)
  return {
    received: account?.received ?? 0,
    answered: account?.answered ?? 0,
    refused: account?.total('refused') ?? 0,
    dropped: account?.total('dropped') ?? 0,
    failed: account?.total('failed') ?? 0,
    rows: inferenceCount,
    launches: executionCount,
    ...(energyJ !== undefined && { energyJ }),
  }
}

/** What was counted between the two times. */
export function since(then: Counted, now: Counted): Counted {
  const difference = (key: keyof Counted): number => (now[key] ?? 0) - (then[key] ?? 0)
  return {
    received: difference('received'),
    answered: difference('answered'),
    refused: difference('refused'),
    dropped: difference('dropped'),
    failed: difference('failed'),
    rows: difference('rows'),
    launches: difference('launches'),
    ...(now.energyJ !== undefined && { energyJ: difference('energyJ') }),
  }
}
