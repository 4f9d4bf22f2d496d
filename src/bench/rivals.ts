import { mean } from '../numbers.js'
import { usualPercents } from '../policy/mps.js'
import { runRequest } from '../torch/plan-request.js'
import type { TorchWorker } from '../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'
import type { BenchSettings, Contestant, MeasuredWindow } from './contest.js'
import { Entry } from './entry.js'
import { measuredWorker } from './policies.js'
import { type Shares, Team } from './team.js'

/** Another way to share a GPU, in which each worker has its own process. */
export interface Rival extends Shares {
  readonly name: string
  readonly predictedSpeedup?: number | undefined
}

/** The driver's time slices, and MPS with shares from generous to fair. */
export function rivalsFor(workers: number): Rival[] {
  const shares = usualPercents(workers)
  return [
    { name: 'time-sliced' },
    ...shares.map((mpsPercent) => ({ name: `mps-${mpsPercent}`, mpsPercent })),
  ]
}

/** A rival by name, `time-sliced` or `mps-N`; undefined if there is none. */
export function rivalNamed(name: string): Rival | undefined {
  if (name === 'time-sliced') return { name }
  const [, percent] = /^mps-([1-9]\d?|100)$/.exec(name) ?? []
  return percent === undefined ? undefined : { name, mpsPercent: Number(percent) }
}

/**
 * The most processes that are up at once, since each holds several GB and takes a core to start.
 */
const MOST_PROCESSES = 24

/** Receives the progress of rivals after every window, with what has been measured so far. */
export interface RivalListener {
  readonly progress: (text: string) => void
  readonly measured: (rivals: readonly Contestant[]) => void
}

/**
 * Runs rivals in turn, every second round in reverse order. The processes of all rivals are up at
 * the same time, because starting takes far longer than measuring, and the processes of the other
 * rivals are idle meanwhile. If they do not fit together, a rival is tried again alone. A rival
 * that cannot run becomes a contestant without windows that tells why.
 */
export async function contestRivals(
  scenario: Scenario,
  rivals: readonly Rival[],
  settings: BenchSettings,
  { progress, measured }: RivalListener,
  options: WorkerProcessOptions,
): Promise<Contestant[]> {
  const entries = rivals.map((rival) => new Entry(rival))
  const race = new Race(scenario, settings, options)
  const listener = {
    progress,
    measured: () => measured(entries.map((entry) => entry.contestant())),
  }
  const batches = batchesOf(entries, scenario.workers.length)
  for (const batch of batches) await race.run(batch, listener)
  for (const entry of batches.filter((batch) => batch.length > 1).flat()) {
    if (!entry.hasFailed) continue
    entry.reset()
    await race.run([entry], listener)
  }
  return entries.map((entry) => entry.contestant())
}

/** Divides the rivals into batches whose processes may be up at the same time. A batch has at least one rival. */
function batchesOf(entries: readonly Entry<Rival>[], workers: number): Entry<Rival>[][] {
  const size = Math.max(1, Math.floor(MOST_PROCESSES / workers))
  const count = Math.ceil(entries.length / size)
  const even = Math.ceil(entries.length / Math.max(1, count))
  return Array.from({ length: count }, (_, i) => entries.slice(i * even, (i + 1) * even))
}

/** Starts, measures and ends rivals of one mix. */
class Race {
  readonly #scenario: Scenario
  readonly #settings: BenchSettings
  readonly #options: WorkerProcessOptions

  constructor(scenario: Scenario, settings: BenchSettings, options: WorkerProcessOptions) {
    this.#scenario = scenario
    this.#settings = settings
    this.#options = options
  }

  async run(
    entries: readonly Entry<Rival>[],
    { progress, measured }: { progress: (text: string) => void; measured: () => void },
  ): Promise<void> {
    const { workers } = this.#scenario
    const names = entries.map(({ subject }) => subject.name).join(', ')
    progress(`starting ${entries.length * workers.length} processes for ${names}`)
    const teams = entries.map(({ subject }) => new Team(subject))
    try {
      await Promise.all(
        entries.map((entry, i) =>
          entry.attempt(async () => {
            await teams[i].start(this.#scenario, this.#options)
            return undefined
          }),
        ),
      )
      for (let round = 0; round < this.#settings.repeats; round++) {
        for (const i of round % 2 === 0 ? entries.keys() : [...entries.keys()].reverse()) {
          progress(`${entries[i].subject.name}, round ${round + 1} of ${this.#settings.repeats}`)
          await entries[i].attempt(() => this.#measure(teams[i].processes))
          measured()
        }
      }
    } finally {
      await Promise.all(teams.map((team) => team.close()))
    }
  }

  /** The windows of all processes start and end on the same steps of the energy counter. */
  async #measure(processes: readonly TorchWorker[]): Promise<MeasuredWindow> {
    const { workers, ...window } = runRequest(this.#scenario, this.#settings)
    const ran = await Promise.all(
      processes.map((worker, i) => worker.run({ ...window, workers: [workers[i]] })),
    )
    const powersW = ran.flatMap(({ energy }) => (energy === null ? [] : [energy.powerW]))
    return {
      seconds: mean(ran.map(({ seconds }) => seconds)),
      workers: ran.map((one) => measuredWorker(one.workers[0])),
      powerW: powersW.length > 0 ? mean(powersW) : undefined,
    }
  }
}
