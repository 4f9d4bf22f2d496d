import { VERSION } from '../inference-service.js'
import type { DurationStatistic, ModelStatistics } from '../telemetry/statistics.js'
import type { Handlers } from './handlers.js'

export const modelStatistics: Handlers['modelStatistics'] = ({ service }, { name, version }) => ({
  modelStats: service.modelStatistics(name, version).map(([model, one]) => render(model, one)),
})

function render(name: string, statistics: ModelStatistics) {
  return {
    name,
    version: VERSION,
    lastInference: BigInt(statistics.lastInferenceMs),
    inferenceCount: BigInt(statistics.inferenceCount),
    executionCount: BigInt(statistics.executionCount),
    inferenceStats: {
      success: duration(statistics.success),
      fail: duration(statistics.fail),
      queue: duration(statistics.queue),
      computeInput: duration(statistics.input),
      computeInfer: duration(statistics.compute),
      computeOutput: duration(statistics.output),
      // There is no cache, but some clients read these fields anyway.
      cacheHit: {},
      cacheMiss: {},
    },
    batchStats: [...statistics.byBatch].map(([rows, batch]) => ({
      batchSize: BigInt(rows),
      computeInput: duration(batch.input),
      computeInfer: duration(batch.compute),
      computeOutput: duration(batch.output),
    })),
  }
}

function duration({ count, ns }: DurationStatistic) {
  return { count: BigInt(count), ns: BigInt(ns) }
}
