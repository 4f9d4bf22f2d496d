import { echoModel } from '../echo.test.fixture.js'
import type { Trial, TrialRequest } from '../planning/trial.js'
import { Refusal } from '../refusal.js'
import type { ServerState } from '../telemetry/state.js'
import type { BackendModelView, BackendView } from './backend.js'
import { DirectBackend } from './direct-backend.test.fixture.js'

/** Granules like those of an H200, which has 132 SMs. */
const GRANULE_CUS = [...new Array<number>(16).fill(8), 4]

/** Shows everything that a dashboard can show, for models that return their inputs after some milliseconds. */
export class WatchedBackend extends DirectBackend {
  /** Joules that the device has used, and each model's part; a test may raise them. */
  deviceEnergyJ = 0
  readonly energyJ = new Map([
    ['resnet152', 0],
    ['vgg19', 0],
  ])
  /** What the plan in force gains; a test may replace it. */
  gains = GAINS
  readonly tried: TrialRequest[] = []
  readonly applied: string[] = []

  constructor() {
    super([
      { ...echoModel('resnet152', ['FP32']), latencyUs: () => 4000 },
      { ...echoModel('vgg19', ['FP32']), latencyUs: () => 2000 },
      { ...echoModel('albert', ['INT64']), latencyUs: () => 1000 },
    ])
  }

  override observe(): BackendView {
    const models: [string, BackendModelView][] = [
      [
        'resnet152',
        {
          priorityClass: 'high',
          target: { ms: 30_000, quantile: 0.99 },
          waiting: 2,
          running: this.pending('resnet152'),
          energyJ: this.energyJ.get('resnet152'),
        },
      ],
      // No request can meet this target, so that the dashboard has misses to show.
      ['vgg19', { target: { ms: 1e-3, quantile: 0.9 }, energyJ: this.energyJ.get('vgg19') }],
      ['albert', { priorityClass: 'low' }],
    ]
    return {
      device: {
        kind: 'sim',
        name: 'NVIDIA H200',
        granuleCus: GRANULE_CUS,
        energyJ: this.deviceEnergyJ,
      },
      models: new Map(models),
      holdings: HOLDINGS,
      plan: { ...PLAN, ...this.gains },
      tryable: TRYABLE,
    }
  }

  override async tryPlan(request: TrialRequest): Promise<Trial> {
    this.tried.push(request)
    return {
      format: 'eclip.trial/1',
      id: 'trial 1/2',
      overS: 180,
      words: ['vgg19 gets a second instance, and both may use 88 compute units.'],
      models: [
        {
          name: 'vgg19',
          requests: 1234,
          present: { attainment: 0.97, p95Ms: 18, notAnswered: 12 },
          tried: { attainment: 0.9996, p95Ms: 11.5, notAnswered: 0 },
        },
      ],
    }
  }

  override async applyTrial(id: string): Promise<void> {
    if (this.applied.length > 0) throw new Refusal('not-found', 'that plan was applied already')
    this.applied.push(id)
  }
}

const HOLDINGS: ServerState['holdings'] = [
  { model: 'resnet152', instance: 0, cus: 88, state: 'running', batch: 8 },
  { model: 'resnet152', instance: 1, cus: 88, state: 'idle', batch: 0 },
  { model: 'vgg19', instance: 0, cus: 68, state: 'running', batch: 4 },
  { model: 'albert', instance: 0, cus: 24, state: 'lost', batch: 0 },
]

const GAINS: Pick<NonNullable<ServerState['plan']>, 'predicted' | 'benchmarked'> = {
  predicted: { goodput: 1.42, plainStreamsGoodput: 0.9 },
  benchmarked: {
    goodput: 1.37,
    plainStreamsGoodput: 0.88,
    joulesPerRequest: 0.312,
    plainStreamsJoulesPerRequest: 0.401,
    gpu: 'NVIDIA <b>H200</b>',
    date: '2026-11-20T10:00:00.000Z',
  },
}

const PLAN: NonNullable<ServerState['plan']> = {
  mechanism: 'mps',
  policy: 'size',
  words: [
    'resnet152 runs as two processes, each of which may use 88 of 132 compute units at once.',
    'vgg19 waits at most 2 ms for a <b>batch</b> of up to 8.',
  ],
  sinceMs: 1_790_000_000_000,
  switches: 3,
}

const TRYABLE: NonNullable<ServerState['tryable']> = {
  mechanisms: ['mps', 'streams'],
  models: [
    {
      name: 'resnet152',
      instances: 2,
      mostInstances: 3,
      cus: 88,
      largestBatch: 8,
      batches: [1, 2, 4, 8],
      maxDelayMs: 0,
    },
    {
      name: 'vgg19',
      instances: 1,
      mostInstances: 3,
      cus: 68,
      largestBatch: 4,
      batches: [1, 2, 4, 8],
      maxDelayMs: 2,
    },
  ],
}
