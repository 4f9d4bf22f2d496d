import { h200 } from '../../../device/catalog/h200.js'
import type { SizedModel } from '../../../size/load-curve.js'
import type { Sizing } from '../../../size/size-demand.js'
import type { Demand } from '../../../workload/demand.js'
import type { SizeResult } from './result.js'

function sizedModel(name: string, more: Partial<SizedModel> = {}): SizedModel {
  return { name, p50Ms: 2, p95Ms: 4, p99Ms: 6, attainment: 0.99999, batch: 8, ...more }
}

/** The figures of a model none of whose requests is answered. */
export const NOTHING: Partial<SizedModel> = {
  p50Ms: Number.NaN,
  p95Ms: Number.NaN,
  p99Ms: Number.NaN,
  attainment: 0,
  batch: Number.NaN,
}

/** An answer of `eclip size` for two models, one of which has a name that needs escaping. */
export function sizeResult(more: Partial<Sizing> = {}): SizeResult {
  const names = ['a<b', 'c']
  const at = (last: Partial<SizedModel> = {}) => [sizedModel('a<b'), sizedModel('c', last)]
  const sizing: Sizing = {
    plan: {
      format: 'eclip.serving/1',
      device: { name: 'h200', fingerprint: 'f' },
      mechanism: 'mps',
      concurrency: 3,
      priority: 'deadline',
      models: names.map((name) => ({
        name,
        model: name,
        samples: 8,
        batches: [8, 32],
        maxDelayMs: 0.1 + 0.2,
        targetMs: 10,
        quantile: 0.99,
        priorityClass: 'normal' as const,
        late: 'drop' as const,
        instances: 2,
        share: 33,
        expectedMs: { 8: [2], 32: [6] },
      })),
      evidence: { policy: 'size', parameters: {} },
    },
    goodput: 1.5,
    busyHostGoodput: 1.2,
    plainStreamsGoodput: 0.8,
    firstToMiss: 'c',
    unreachable: [],
    cutShort: false,
    models: at(),
    doubled: at({ attainment: 0.5 }),
    curve: [0.5, 1.5, 3].map((load) => ({ load, models: at({ attainment: 1 / load / 2 }) })),
    gpus: 1,
    remedies: [],
    check: {
      load: 1.5,
      attainment: [1, 0.985],
      p95Ms: [4.4, 5.5],
      powerW: 432,
      joulesPerRequest: 0.321,
      answered: [100, 100],
      modelJoulesPerRequest: [0.2, 0.442],
    },
    requestLevel: at(),
    ...more,
  }
  const models = names.map(() => ({ ratePerSecond: 120, profiles: [] }))
  return { demand: { device: h200, models } as unknown as Demand, sizing }
}
