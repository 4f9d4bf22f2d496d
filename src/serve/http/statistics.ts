import { VERSION } from '../inference-service.js'
import type { DurationStatistic, ModelStatistics } from '../telemetry/statistics.js'
import { answerJson } from './answer.js'
import type { Call } from './call.js'

/** The statistics of one model, or of all if the URL names none. */
export function modelStatistics(call: Call): void {
  const { model, version } = call.named
  const statistics = call.context.service.modelStatistics(model, version)
  answerJson(call, 200, { model_stats: statistics.map(([name, one]) => render(name, one)) })
}

function render(name: string, statistics: ModelStatistics): object {
  const none = { count: 0, ns: 0 }
  return {
    name,
    version: VERSION,
    last_inference: statistics.lastInferenceMs,
    inference_count: statistics.inferenceCount,
    execution_count: statistics.executionCount,
    inference_stats: {
      success: duration(statistics.success),
      fail: duration(statistics.fail),
      queue: duration(statistics.queue),
      compute_input: duration(statistics.input),
      compute_infer: duration(statistics.compute),
      compute_output: duration(statistics.output),
      // There is no cache, but some clients read these fields anyway.
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: [...statistics.byBatch].map(([rows, batch]) => ({
      batch_size: rows,
      compute_input: duration(batch.input),
      compute_infer: duration(batch.compute),
      compute_output: duration(batch.output),
    })),
  }
}

function duration({ count, ns }: DurationStatistic): object {
  return { count, ns }
}
