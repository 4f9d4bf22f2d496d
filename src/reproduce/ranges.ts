import { type Model, parametersOf } from './perturb.js'

/** How far a number of the model may differ from the one that ships, before the evidence is considered. */
export interface Range {
  readonly parameter: string
  readonly least: number
  readonly most: number
  /** With `log`, as many sets lie between 0.1 and 0.2 as between 0.2 and 0.4. */
  readonly scale: 'linear' | 'log'
  readonly source: string
}

const linear = (parameter: string, least: number, most: number, source: string): Range => ({
  parameter,
  least,
  most,
  scale: 'linear',
  source,
})

const CONTENTION = 'unknown on an MI50; the H200 fit lies inside'
const POWER = 'estimate, a third up and down'
const ESTIMATE = 'estimate'

/**
 * The parameters that nobody has measured on an MI50, and their ranges. Published numbers (60 CUs, 7 queues, the
 * worst mask call) stay as they are.
 */
export const RANGES: readonly Range[] = [
  { parameter: 'contention.knee', least: 0.03, most: 1.5, scale: 'log', source: CONTENTION },
  linear('contention.memory', 0, 0.3, CONTENTION),
  linear('contention.memoryFloor', 0.2, 0.8, CONTENTION),
  linear('contention.loadTraffic', 0.5, 1.6, CONTENTION),
  linear('contention.foreignLoad', 0.75, 1, CONTENTION),
  linear('contention.coldStartUs', 0, 1, CONTENTION),
  linear('costs.barrierUs', 20, 40, 'REEF (OSDI 2022): 20 to 40 µs between streams'),
  linear('costs.maskCallUs.mean', 28, 50, 'ECLIP gives the worst call only'),
  linear('costs.streamOverloadUs', 5, 20, ESTIMATE),
  linear('costs.hostLaunchUs', 4, 10, 'eager PyTorch launches a kernel every 5 to 10 µs'),
  linear('costs.launchGapUs', 1, 4, ESTIMATE),
  linear('power.idleW', 17, 33, POWER),
  linear('power.activeW', 40, 80, POWER),
  linear('power.cuBusyW', 1.7, 3.3, POWER),
  linear('power.memoryBusyW', 20, 40, POWER),
  linear('roofline.threadsToCompute', 256, 640, 'one to two and a half wavefronts on each SIMD'),
  linear('roofline.floorUs', 2, 4, ESTIMATE),
  linear('roofline.waveUs', 3, 6, ESTIMATE),
]

/** The value at a coordinate of a range; 0 is its start and 1 its end. */
export function valueAt({ least, most, scale }: Range, at: number): number {
  return scale === 'linear' ? least + (most - least) * at : least * (most / least) ** at
}

/**
 * The model with some numbers replaced.
 * @param values by the name of the parameter; names that no parameter has are ignored
 */
export function withValues(model: Model, values: ReadonlyMap<string, number>): Model {
  let changed = model
  for (const [name, value] of values) {
    changed =
      parametersOf(changed)
        .find((parameter) => parameter.name === name)
        ?.with(value) ?? changed
  }
  return changed
}
