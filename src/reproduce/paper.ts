/**
 * What the ECLIP paper (arXiv 2506.12598, ISLPED 2025) reports. Bars that the paper shows only as
 * images are not here.
 */
export interface PaperMix {
  readonly id: number
  readonly models: readonly string[]
  /** Table I: CU switches per request, summed over the workers. */
  readonly switches: {
    readonly ioctl: number
    readonly prealloc: number
    readonly eclip: number
  }
}

const mix = (
  id: number,
  models: readonly string[],
  ioctl: number,
  prealloc: number,
  eclip: number,
): PaperMix => ({ id, models, switches: { ioctl, prealloc, eclip } })

/** Table I. The paper prints "resnet15" in Mix 4; its slides and the kernel count say resnet152. */
export const paperMixes: readonly PaperMix[] = [
  mix(1, ['albert', 'albert', 'densenet201'], 1319, 413, 42),
  mix(2, ['albert', 'densenet201'], 1015, 755, 23),
  mix(3, ['albert', 'densenet201', 'vgg19'], 1077, 538, 28),
  mix(4, ['alexnet', 'resnet152', 'vgg19'], 613, 330, 10),
  mix(5, ['resnext101', 'shufflenet'], 728, 166, 12),
  mix(6, ['densenet201', 'densenet201'], 1422, 695, 20),
  mix(7, ['alexnet', 'alexnet', 'alexnet'], 102, 72, 30),
]

/** Section 5, relative to Baseline. */
export const paperResults = {
  throughput: { mean: 1.13, most: 1.21, mostInMix: 7 },
  requestsPerWatt: { mean: 1.25, most: 1.35, mostInMix: 7 },
  p95: { mean: 1.08 },
} as const

/** Switches a worker may make in a request (section 4.3). */
export const PAPER_BUDGET = 14

/** Observation 1: how long the worst mask call takes, and the kernel that it precedes, in µs. */
export const paperMaskCall = { maskCallUs: 55.4, kernelUs: 19.8, kernels: 8 } as const

/** Observation 2: latency stays flat up to so many masked streams of so many CUs each. */
export const paperStreams = { flatTo: 7, cusEach: 3 } as const

/** The scenarios that section 5 of the paper plots, by the names of our policies. */
export const plotted = ['baseline', 'model-wise', 'kernel-wise-prealloc', 'eclip'] as const
export const reproducedPolicies = [
  'baseline',
  'model-wise',
  'kernel-wise-ioctl',
  'kernel-wise-prealloc',
  'eclip',
  'krisp',
  'windows',
] as const
