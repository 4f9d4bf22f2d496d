/**
 * What `import 'eclip'` gives: the library of `index.ts`, whose functions refuse what they do not take in a line. A
 * caller without types would otherwise be told of properties of undefined, or get a number that means nothing. Here,
 * because within eclip the compiler checks arguments, and some of these functions are called a million times a second.
 * Functions that take names, files or options check these themselves.
 */
import {
  FUNCTION,
  guarded,
  having,
  listOf,
  NUMBER,
  NUMBERS,
  oneOf,
  optional,
  SEVERAL_NUMBERS,
  TEXT,
  TIMES,
} from './guarded.js'
import * as eclip from './index.js'

export type * from './index.js'
export {
  CLOSED_LOOP,
  catalog,
  checkPlan,
  DEFAULT_PARAMETERS,
  deviceSchema,
  gpuNamed,
  gpus,
  judgementSchema,
  launchSchema,
  loadDevice,
  loadPoints,
  loadProfile,
  loadScenario,
  loadShippedProfile,
  MECHANISMS,
  OBJECTIVES,
  openPlanning,
  PoolBuilder,
  PRIORITY_CLASSES,
  parametersSchema,
  partitioners,
  planSchema,
  planWorkload,
  policies,
  policyNamed,
  profileSchema,
  RIGHT_SIZE_TOLERANCE,
  SIMULATION_MODES,
  schedulerNamed,
  schedulers,
  simulate,
  VENDOR_OF,
  WorkError,
  workloadSchema,
} from './index.js'

const DEVICE = having('a device, as loadDevice returns it', 'granules')
const PARTITION = NUMBERS
const PROFILE = having('a profile, as loadProfile returns it', 'kernels')
const PROFILES = listOf('profiles, as loadProfile returns them')
const KERNEL = having('a kernel of a profile', 'grid', 'block')
const SCENARIO = having('what loadScenario returns', 'device', 'workers')
const PLAN = having('a plan of a policy or a file', 'pool', 'workers')
const POOL_ENTRY = {
  expected: 'an entry of the pool of a plan',
  is: (value: unknown) => [having('', 'granules'), having('', 'cus')].some(({ is }) => is(value)),
}
const JUDGEMENT = having('a judgement of a plan', 'workers')
const EVALUATOR = having('what createEvaluator returns', 'simulate')
const METRICS = having('what metricsOf returns', 'workers', 'weightedSpeedup')
const PREDICTIONS = listOf('what predict returns')
const GPU = having('a GPU with MIG, as gpuNamed returns it', 'profiles')
const LAYOUT = listOf('placements, as of maximalLayouts')
const LAYOUTS = listOf('layouts, as of maximalLayouts')
const PROBLEM = having('a problem of partitioning', 'gpu', 'latency', 'distribution')
const EFFORT = having('an effort', 'requests', 'replications')
const OPTIONS = having('an object')
const TOLERANCE = optional(OPTIONS)

const onDevice = { device: DEVICE }
const twoPartitions = { a: PARTITION, b: PARTITION }

export const isHost = guarded(eclip.isHost, { device: having(DEVICE.expected, 'vendor') })
export const isModelled = guarded(eclip.isModelled, {
  device: having(DEVICE.expected, 'provenance'),
})
export const statusCaution = guarded(eclip.statusCaution, {
  device: having(DEVICE.expected, 'provenance'),
})
export const totalCus = guarded(eclip.totalCus, onDevice)
export const cusOf = guarded(eclip.cusOf, { ...onDevice, partition: PARTITION })
export const offeredCus = guarded(eclip.offeredCus, onDevice)
export const wholeDevice = guarded(eclip.wholeDevice, onDevice)
export const clusters = guarded(eclip.clusters, onDevice)
export const poolUnits = guarded(eclip.poolUnits, onDevice)
export const workersShareContexts = guarded(eclip.workersShareContexts, onDevice)
export const fingerprint = guarded(eclip.fingerprint, onDevice)

export const partitionOf = guarded(eclip.partitionOf, { granules: SEVERAL_NUMBERS })
export const windowOf = guarded(eclip.windowOf, {
  start: NUMBER,
  length: NUMBER,
  granuleCount: NUMBER,
})
export const union = guarded(eclip.union, twoPartitions)
export const intersection = guarded(eclip.intersection, twoPartitions)
export const difference = guarded(eclip.difference, twoPartitions)
export const isSubsetOf = guarded(eclip.isSubsetOf, twoPartitions)
export const overlaps = guarded(eclip.overlaps, twoPartitions)
export const equals = guarded(eclip.equals, twoPartitions)
export const contains = guarded(eclip.contains, { partition: PARTITION, granule: NUMBER })
export const formatPartition = guarded(eclip.formatPartition, { partition: PARTITION })

export const InputError = guarded(eclip.InputError, {
  problem: having('a problem', 'expected', 'found'),
})

export const shippedProfiles = guarded(eclip.shippedProfiles, { device: TEXT })
export const kernelUs = guarded(eclip.kernelUs, { kernel: KERNEL, cus: NUMBER })
export const measuredKernelCus = guarded(eclip.measuredKernelCus, { kernel: KERNEL })
export const gridBlocks = guarded(eclip.gridBlocks, { kernel: KERNEL })
export const blockThreads = guarded(eclip.blockThreads, { kernel: KERNEL })
export const occupancy = guarded(eclip.occupancy, { ...onDevice, kernel: KERNEL })
export const totalUs = guarded(eclip.totalUs, { profile: PROFILE, cus: NUMBER })
export const requestUs = guarded(eclip.requestUs, { profile: PROFILE, cus: NUMBER })
export const soloUs = guarded(eclip.soloUs, { profile: PROFILE, ...onDevice })
export const measuredCus = guarded(eclip.measuredCus, { profile: PROFILE })
export const shareBetween = guarded(eclip.shareBetween, {
  lowCus: NUMBER,
  highCus: NUMBER,
  cus: NUMBER,
})
export const lookUpUs = guarded(eclip.lookUpUs, { byCus: TIMES, cus: NUMBER })
export const rightSize = guarded(eclip.rightSize, {
  kernel: KERNEL,
  offered: NUMBERS,
  tolerance: TOLERANCE,
})
export const modelRightSize = guarded(eclip.modelRightSize, {
  profile: PROFILE,
  offered: NUMBERS,
  tolerance: TOLERANCE,
})

export const classRank = guarded(eclip.classRank, { priorityClass: oneOf(eclip.PRIORITY_CLASSES) })
export const closedLoopWorker = guarded(eclip.closedLoopWorker, { name: TEXT, profile: PROFILE })
export const hasTargets = guarded(eclip.hasTargets, {
  scenario: having(SCENARIO.expected, 'workers'),
})

export const groupKernels = guarded(eclip.groupKernels, { placements: listOf('placements') })
export const buildPlan = guarded(eclip.buildPlan, {
  scenario: SCENARIO,
  draft: having('a draft of a plan', 'mechanism', 'pool', 'groups'),
})
export const atHome = guarded(eclip.atHome, { plan: PLAN })
export const needsProcesses = guarded(eclip.needsProcesses, {
  plan: having(PLAN.expected, 'mechanism'),
})
export const isPooled = guarded(eclip.isPooled, { entry: POOL_ENTRY })
export const isInstance = guarded(eclip.isInstance, { entry: POOL_ENTRY })
export const isShare = guarded(eclip.isShare, { entry: POOL_ENTRY })
export const isPlaced = guarded(eclip.isPlaced, { entry: POOL_ENTRY })
export const ownerOf = guarded(eclip.ownerOf, { entry: POOL_ENTRY })
export const kernelCount = guarded(eclip.kernelCount, {
  worker: having('a worker of a plan', 'groups'),
})
export const switchesPerRequest = guarded(eclip.switchesPerRequest, {
  worker: having('a worker of a plan', 'groups'),
})
export const targetsOf = guarded(eclip.targetsOf, { judgement: JUDGEMENT })
export const overallVerdict = guarded(eclip.overallVerdict, { judgement: JUDGEMENT })

export const comparedPolicies = guarded(eclip.comparedPolicies, onDevice)
export const objectiveFor = guarded(eclip.objectiveFor, {
  scenario: SCENARIO,
  parameters: having('parameters of policies', 'objective'),
})
export const createEvaluator = guarded(eclip.createEvaluator, {
  scenario: SCENARIO,
  options: optional(OPTIONS),
})
export const createEvaluatorPool = guarded(eclip.createEvaluatorPool, {
  scenario: SCENARIO,
  options: optional(OPTIONS),
  threads: optional(NUMBER),
})
export const compare = guarded(eclip.compare, {
  scenario: SCENARIO,
  policies: listOf('policies, as policyNamed returns them'),
  planning: having('what openPlanning returns', 'context', 'evaluator'),
  judging: OPTIONS,
  onPolicy: FUNCTION,
})
export const headroomOf = guarded(eclip.headroomOf, {
  scenario: SCENARIO,
  plan: PLAN,
  evaluator: EVALUATOR,
  options: OPTIONS,
})
export const judge = guarded(eclip.judge, {
  scenario: SCENARIO,
  plan: PLAN,
  evaluator: EVALUATOR,
  options: OPTIONS,
})
export const soloRates = guarded(eclip.soloRates, { scenario: SCENARIO })
export const metricsOf = guarded(eclip.metricsOf, {
  result: having('what simulate returns', 'workers', 'seconds'),
  soloRates: NUMBERS,
})
export const normalizedThroughput = guarded(eclip.normalizedThroughput, {
  worker: having('a worker of what simulate returns', 'requestsPerSecond'),
  soloRate: NUMBER,
})
export const isIdle = guarded(eclip.isIdle, {
  worker: having('a worker of what metricsOf returns', 'p95Ms'),
})
export const meanRelativeP95 = guarded(eclip.meanRelativeP95, {
  metrics: METRICS,
  reference: METRICS,
})

export const calibrate = guarded(eclip.calibrate, {
  ...onDevice,
  points: listOf('measured points'),
  options: having('options', 'profileOf', 'trials'),
})
export const predict = guarded(eclip.predict, {
  ...onDevice,
  point: having('a measured point', 'workers'),
  profileOf: FUNCTION,
  options: optional(OPTIONS),
})
export const errorsOf = guarded(eclip.errorsOf, { predictions: PREDICTIONS })
export const errorsByMix = guarded(eclip.errorsByMix, { predictions: PREDICTIONS })

export const conclusion = guarded(eclip.conclusion, { outcomes: listOf('what compare returns') })
export const compareReport = guarded(eclip.compareReport, {
  report: having('a report', 'scenario', 'outcomes'),
})
export const migReport = guarded(eclip.migReport, {
  problem: PROBLEM,
  study: having('what runStudy returns', 'plan', 'pairs'),
  settings: OPTIONS,
})
export const validationPage = guarded(eclip.validationPage, { predictions: PREDICTIONS })
export const chromeTrace = guarded(eclip.chromeTrace, {
  scenario: SCENARIO,
  runs: listOf('runs with their spans'),
})

export const maximalLayouts = guarded(eclip.maximalLayouts, {
  gpu: GPU,
  profiles: optional(listOf('profiles of the GPU')),
})
export const distinctLayouts = guarded(eclip.distinctLayouts, { layouts: LAYOUTS })
export const standardProfiles = guarded(eclip.standardProfiles, { gpu: GPU })
export const wholeProfile = guarded(eclip.wholeProfile, { gpu: GPU })
export const layoutKey = guarded(eclip.layoutKey, { layout: LAYOUT })
export const layoutCus = guarded(eclip.layoutCus, { layout: LAYOUT })
export const partitionCommands = guarded(eclip.partitionCommands, { gpu: GPU, layouts: LAYOUTS })
export const migPartedYaml = guarded(eclip.migPartedYaml, { label: TEXT, layouts: LAYOUTS })
export const latencyModelOf = guarded(eclip.latencyModelOf, {
  model: TEXT,
  source: TEXT,
  points: listOf('measured latencies'),
  file: TEXT,
})
export const latencyModelFromProfiles = guarded(eclip.latencyModelFromProfiles, {
  profiles: PROFILES,
  file: TEXT,
})
export const recordStreams = guarded(eclip.recordStreams, {
  effort: EFFORT,
  distribution: NUMBERS,
  gaps: optional(FUNCTION),
})
export const runStudy = guarded(eclip.runStudy, {
  question: having('a question', 'problem', 'effort'),
})
export const sizedPlan = guarded(eclip.sizedPlan, {
  problem: PROBLEM,
  effort: EFFORT,
  streams: FUNCTION,
})
export const gpusNeeded = guarded(eclip.gpusNeeded, {
  ratePerS: NUMBER,
  problem: PROBLEM,
  effort: EFFORT,
  streams: FUNCTION,
  onProgress: FUNCTION,
})

export const createRandom = guarded(eclip.createRandom, { seed: NUMBER })
export const poissonGaps = guarded(eclip.poissonGaps, {
  random: having('what createRandom returns', 'exponential'),
})
export const logNormalBatches = guarded(eclip.logNormalBatches, {
  batches: having('a distribution', 'median', 'sigma', 'maxBatch'),
})
export const weightedBatches = guarded(eclip.weightedBatches, {
  weights: listOf('batches with their weights'),
  maxBatch: NUMBER,
  file: TEXT,
})
export const serviceTable = guarded(eclip.serviceTable, { rows: listOf('rows of times') })
export const WallClockScheduler = guarded(eclip.WallClockScheduler, {
  options: having('options', 'table', 'slaUs', 'scheduler'),
})
