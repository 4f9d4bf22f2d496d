import { isDeepStrictEqual } from 'node:util'
import { type Expect, expectIn } from '../../errors.js'
import type { Benchmarked, ServingPlan } from '../../plan/serving-plan.js'
import { type Contender, PLAIN_STREAMS } from './contenders.js'
import type { GoodputFile } from './goodput-file.js'

/** A plan that a bench ran, with its measurements. */
export interface Benchmark {
  readonly plan: ServingPlan
  readonly benchmarked: Benchmarked
}

/**
 * What a bench measured for a contender (or for its fallback, if it ran that) and for plain
 * streams.
 * @param file name of the bench in errors
 * @throws InputError if the bench had other models or another device, did not run the contender and
 * plain streams, or did not determine how much both carry
 */
export function benchmarkOf(own: Contender, bench: GoodputFile, file: string): Benchmark {
  const { results, gpu, date } = bench
  const expect: Expect = expectIn(file)
  const measured = (is: (result: Result) => boolean, expected: string) => {
    const index = results.findIndex(is)
    expect(index >= 0, 'results', expected, results.map(({ name }) => name).join(', '))
    const { plan, goodput, measurements, failed, unfinished } = results[index]
    const path = `results[${index}]`
    expect(failed === undefined, path, 'a contender that could be served', failed)
    const loads = measurements.map(({ load }) => load)
    const isFinished = unfinished === undefined && loads.length > 0
    expect(isFinished, path, 'all its measurements', 'a bench that was broken off')
    const most = Math.max(...loads)
    expect(goodput < most, path, 'a load that it does not carry', `all in time at ${most}`)
    return { plan, goodput, joules: nearest(measurements, goodput).joulesPerRequest }
  }
  const [wanted, found] = [own.plan, results[0].plan].map(subject)
  expect(found === wanted, 'results[0].plan', wanted, found)
  const ours = [own.plan, ...(own.fallback ? [own.fallback.plan] : [])]
  const { plan, goodput, joules } = measured(
    (result) => ours.some((one) => isSamePlan(one, result.plan)),
    'the plan that is served, among the contenders',
  )
  const plain = measured(({ name }) => name === PLAIN_STREAMS, `${PLAIN_STREAMS}, among them`)
  const benchmarked = {
    goodput,
    plainStreamsGoodput: plain.goodput,
    ...(joules !== undefined && { joulesPerRequest: joules }),
    ...(plain.joules !== undefined && { plainStreamsJoulesPerRequest: plain.joules }),
    gpu,
    date,
  }
  return { plan, benchmarked }
}

/** The plan with its measurements added; unchanged if the bench ran a different plan. */
export function withBenchmark(
  plan: ServingPlan,
  { plan: ran, benchmarked }: Benchmark,
): ServingPlan {
  if (!isSamePlan(plan, ran)) return plan
  return { ...plan, evidence: { ...plan.evidence, benchmarked } }
}

type Result = GoodputFile['results'][number]

/** The models with their samples, and the device: `vgg19/8, albert/1 on h200 (…)`. */
function subject({ models, device }: ServingPlan): string {
  const asked = models.map(({ model, samples }) => `${model}/${samples}`)
  return `${asked.join(', ')} on ${device.name} (${device.fingerprint})`
}

/** Whether both plans serve in the same way, regardless of who made them and what clients call the models. */
function isSamePlan(a: ServingPlan, b: ServingPlan): boolean {
  const [one, other] = [a, b].map(({ evidence: _, models, ...rest }) => ({
    ...rest,
    models: models.map(({ name: __, ...model }) => model),
  }))
  return isDeepStrictEqual(one, other)
}

function nearest(measurements: Result['measurements'], load: number) {
  const distance = (one: { readonly load: number }): number => Math.abs(one.load - load)
  return measurements.reduce((best, next) => (distance(next) < distance(best) ? next : best))
}
