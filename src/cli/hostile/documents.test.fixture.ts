/** A small good file of every format, from which the bad ones are made. */
import { h200 } from '../../device/catalog/h200.js'

const kernel = {
  name: 'gemm',
  grid: [64, 1, 1],
  block: [256, 1, 1],
  registers: 64,
  sharedMemoryBytes: 4096,
  clusterBlocks: 1,
  durationUs: { '8': 40, '64': 8, '132': 5 },
  dramBytes: 1e6,
  memsetsBefore: 1,
  memsetUs: { '132': 0.5 },
  l2Bytes: 2e6,
}

export const profile = {
  format: 'eclip.profile/1',
  model: 'tiny',
  batch: 2,
  device: 'h200',
  source: 'measured',
  description: 'three kernels',
  dtype: 'float16',
  software: { driver: '580' },
  latencyUs: { '132': 18 },
  gapUs: { '132': 0.4 },
  powerW: 300,
  parallel: [{ first: 1, count: 2, chain: 1, lanes: 2 }],
  kernels: [kernel, { ...kernel, name: 'add' }, { ...kernel, name: 'norm' }],
}

/** It keeps its name, so that there are profiles for it. */
export const device = { ...h200, driverName: 'NVIDIA Mine' }

/** `profile` is the name of a file beside the workload. */
export const workload = {
  format: 'eclip.workload/1',
  device: 'h200',
  workers: [
    { profile: 'profile.json', load: { poisson: 200 }, p95TargetMs: 8, priorityClass: 'high' },
    { model: 'vgg19', batch: 8, replicas: 2, minimumShare: 0.3 },
  ],
}

export const plan = {
  format: 'eclip.plan/1',
  device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
  mechanism: 'pooled',
  pool: [{ granules: [0, 1, 2, 3], owner: null }, { cus: 64 }],
  workers: [
    {
      name: 'tiny/2',
      model: 'tiny',
      batch: 2,
      groups: [
        { kernels: 2, partition: 0, priority: 1 },
        { kernels: 1, partition: 1, priority: 0 },
      ],
    },
  ],
  evidence: {
    policy: 'mine',
    parameters: { note: 'by hand' },
    predicted: { weightedSpeedup: 1 },
    solver: { method: 'none', status: 'heuristic', objective: 1, bound: null, gap: null },
    switchesPerRequest: [1],
  },
}

export const points = {
  format: 'eclip.points/2',
  description: 'one point',
  device: 'h200',
  points: [
    {
      workers: [
        {
          model: 'vgg19',
          batch: 8,
          groups: [{ kernels: 66, granules: [0, 1, 2, 3, 4, 5, 6, 7], priority: 0 }],
          soloRps: 400,
          rps: 200,
          p95Ms: 6,
          load: { poisson: 200 },
        },
      ],
      powerW: 300,
      seconds: 1,
    },
  ],
}

/** The same points in the earlier format. */
export const earlierPoints = {
  ...points,
  format: 'eclip.points/1',
  points: [
    {
      workers: [
        { model: 'vgg19', batch: 8, runs: [[66, [0, 1, 2, 3], 1]], soloRps: 400, rps: 200 },
      ],
    },
  ],
}

export const latency = {
  format: 'eclip.latency/1',
  device: 'h200',
  cus: 132,
  description: 'one model',
  latencyMs: {
    tiny: { '1': { '16': 4, full: 1 }, '8': { '16': 16, full: 3 } },
  },
}

export const demand = {
  format: 'eclip.demand/1',
  device: 'h200',
  models: [
    {
      model: 'vgg19',
      ratePerSecond: 100,
      arrivals: { gamma: 2 },
      samples: 8,
      target: { timesSolo: 5 },
      quantile: 0.99,
      priorityClass: 'high',
      mostInstances: 2,
      largestBatch: 32,
    },
  ],
}

/** A plan for the demand above. */
export const servingPlan = {
  format: 'eclip.serving/1',
  device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
  mechanism: 'mps',
  concurrency: 2,
  priority: 'deadline',
  models: [
    {
      name: 'vgg19/8',
      model: 'vgg19',
      samples: 8,
      batches: [8, 32],
      maxDelayMs: 0.5,
      targetMs: 6.7,
      quantile: 0.99,
      priorityClass: 'high',
      late: 'drop',
      instances: 2,
      share: 66,
      expectedMs: { '8': [1.3, 2.4], '32': [4, 7] },
    },
  ],
  evidence: { policy: 'size', parameters: {}, predicted: { goodput: 2 } },
}

export const apiKeys = {
  format: 'eclip.api-keys/1',
  tenants: { lab: 'a-key-of-the-lab', web: 'a-key-of-the-web' },
}

export const programs = {
  format: 'eclip.programs/1',
  programs: [
    {
      name: 'first',
      command: ['true', '--quick'],
      environment: { LEVEL: '2' },
      folder: '.',
      share: '25%',
      priority: 'low',
      memoryGB: 4,
      restart: 'always',
      log: 'first.log',
    },
    { name: 'second', command: ['true'], share: 'planned', member: 'vgg19/8', priority: '2' },
    { name: 'third', command: ['true'], granules: 'text=0-7,nvtx:image=8-14' },
  ],
}

const tracedKernel = {
  cat: 'kernel',
  name: 'gemm',
  ts: 10,
  dur: 5,
  args: {
    device: 0,
    grid: [64, 1, 1],
    block: [256, 1, 1],
    'registers per thread': 64,
    'shared memory': 4096,
  },
}

/** Two requests of one kernel, as PyTorch's profiler writes them. */
export const trace = {
  deviceProperties: [{ id: 0, name: 'NVIDIA H200', numSms: 132 }],
  traceEvents: [tracedKernel, { ...tracedKernel, ts: 20, args: { ...tracedKernel.args } }],
}

/** Every good file, by its name on command lines. */
export const documents = {
  'device.json': device,
  'profile.json': profile,
  'workload.json': workload,
  'plan.json': plan,
  'points.json': points,
  'earlier-points.json': earlierPoints,
  'latency.json': latency,
  'demand.json': demand,
  'serving.json': servingPlan,
  'keys.json': apiKeys,
  'programs.json': programs,
  'trace.json': trace,
} as const
export type DocumentName = keyof typeof documents
