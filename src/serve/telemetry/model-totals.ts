import type { InferenceService } from '../inference-service.js'
import type { ObservedModel } from './state.js'

/** What has been counted for a model since the server started. */
export type ModelTotals = ObservedModel['totals']

export function totalsOf(
  service: InferenceService,
  model: string,
  energyJ: number | undefined,
): ModelTotals {
  const account = service.accounting.byModel.get(model)
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

/** What was counted between two times, or since the start. */
export function since(then: ModelTotals | undefined, now: ModelTotals): ModelTotals {
  const difference = (key: keyof ModelTotals): number => (now[key] ?? 0) - (then?.[key] ?? 0)
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
