import type { Device } from '../../device/device.js'
import type { Plan } from '../../plan/plan.js'
import { createRandom } from '../../random.js'
import type { Scenario } from '../../workload/scenario.js'
import { cuUtilization, EnergyMeter } from '../model/energy.js'
import { queuesOf } from '../model/hardware-queues.js'
import { createMachine, type Machine } from '../model/machine.js'
import { Placer } from '../model/placer.js'
import { powerW } from '../model/power.js'
import { compile, type Detail, type Program } from '../model/program.js'
import { Targets } from '../model/targets.js'
import { type Transition, transitionOf } from '../model/transition.js'
import type { SimulationOptions, SimulationResult, WorkerResult } from '../result.js'
import {
  Clock,
  COHORT_END,
  KERNEL_READY,
  kindOf,
  REQUEST_ARRIVAL,
  REQUEST_LAUNCH,
  SAMPLE,
  subjectOf,
  WAKE,
  WARMUP_END,
} from './clock.js'
import { Dispatcher } from './dispatch.js'
import { Execution } from './execution.js'
import { PartitionSpace } from './free-space.js'
import { Lanes } from './lanes.js'
import type { EngineParts, RequestScheduler } from './request-scheduler.js'
import { Sampler } from './sampler.js'
import { ShareSpace } from './share-space.js'
import { SpanRecorder } from './spans.js'
import { WorkerScheduler } from './worker-scheduler.js'

/** Exact mode simulates each wave by itself; coarse mode merges several into one. */
const DETAIL: Readonly<Record<SimulationOptions['mode'], Detail>> = {
  exact: { tickShare: 1 / 8, waves: 32 },
  coarse: { tickShare: 1 / 2, waves: 3 },
}

/** One run of a plan: connects the parts of the simulator and moves them from event to event. */
export class Engine {
  /** The state of the device, for tests that look at it between steps. */
  readonly machine: Machine
  readonly #scenario: Scenario
  readonly #device: Device
  readonly #options: SimulationOptions
  readonly #clock = new Clock()
  readonly #placer: Placer
  readonly #spans: SpanRecorder | undefined
  readonly #dispatcher: Dispatcher
  readonly #execution: Execution
  readonly #lanes: Lanes
  readonly #scheduler: RequestScheduler
  readonly #meter: EnergyMeter
  readonly #sampler: Sampler | undefined
  readonly #endUs: number

  /** @param createScheduler makes the part that decides which requests run; by default the workers' loads decide */
  constructor(
    scenario: Scenario,
    plan: Plan,
    options: SimulationOptions,
    createScheduler?: (parts: EngineParts) => RequestScheduler,
  ) {
    const { device } = scenario
    const clock = this.#clock
    const random = createRandom(options.seed)
    const program = compile(scenario, plan, DETAIL[options.mode], options)
    const machine = createMachine(program)
    const targets = new Targets(program.cells.cellOfGranule, program.targets, program.lanes)
    this.machine = machine
    this.#scenario = scenario
    this.#device = device
    this.#options = options
    this.#endUs = options.warmupUs + options.durationUs
    this.#meter = new EnergyMeter(machine)
    this.#placer = new Placer(device, plan, program, targets)
    this.#spans = options.onKernel && new SpanRecorder(machine, program, options.onKernel)
    const space =
      plan.mechanism === 'mps'
        ? new ShareSpace(machine, program)
        : new PartitionSpace(machine, program, targets)
    this.#dispatcher = new Dispatcher(machine, program, space, (lane, placement) => {
      this.#execution.start(lane, placement)
      this.#spans?.place(lane, placement)
    })
    this.#execution = this.#createExecution(program)
    this.#lanes = this.#createLanes(plan, program, transitionOf(device, plan, program, random))
    const { hostTurnaroundUs, hostTurnaroundPerWorkerUs = 0 } = device.costs
    const parts = { clock, machine, program, hostTurnaroundUs, hostTurnaroundPerWorkerUs }
    if (createScheduler) {
      this.#scheduler = createScheduler(parts)
    } else {
      const scheduler = new WorkerScheduler(parts, scenario, random, options.onArrival)
      this.#scheduler = scheduler
      this.#sampler =
        options.onSample && new Sampler(scenario, this.#meter, scheduler, clock, options)
    }
    clock.schedule(options.warmupUs, WARMUP_END, 0)
  }

  /** Creates the part that runs blocks and reports where they leave. */
  #createExecution(program: Program): Execution {
    const clock = this.#clock
    const { machine } = this
    return new Execution({
      clock,
      device: this.#device,
      machine,
      program,
      meter: this.#meter,
      freed: (lane, blocks) => this.#dispatcher.freed(lane, blocks),
      endKernel: (lane) => {
        this.#placer.ended(lane, machine.row[lane])
        this.#spans?.end(lane, this.#scheduler.finished(program.workerOfLane[lane]), clock.nowUs)
        this.#lanes.kernelEnded(lane)
      },
    })
  }

  /** Creates the part that takes each lane from kernel to kernel and hands the kernels to the dispatcher. */
  #createLanes(plan: Plan, program: Program, transition: Transition): Lanes {
    const { machine } = this
    return new Lanes({
      clock: this.#clock,
      machine,
      program,
      transition,
      queues: queuesOf(this.#device, plan, program),
      dispatch: (lane) => {
        const row = machine.row[lane]
        machine.target[lane] = this.#placer.place(lane, row)
        machine.undispatched[lane] = program.blocks[row]
        machine.startUs[lane] = -1
        this.#dispatcher.enqueue(lane)
      },
      endRequest: (worker) => this.#scheduler.end(worker),
    })
  }

  /** Runs to the end of the window. */
  run(): SimulationResult {
    while (this.#step());
    this.#clock.nowUs = this.#endUs
    this.#meter.advance(this.#endUs)
    return this.#result()
  }

  /** Runs as `run` does, but stops after every instant at which something happened. */
  *steps(): Generator<number> {
    while (this.#step()) yield this.#clock.nowUs
  }

  /** Handles everything that happens at the next instant; false at the end of the window. */
  #step(): boolean {
    const clock = this.#clock
    const nowUs = clock.nextUs
    if (nowUs > this.#endUs) return false
    clock.nowUs = nowUs
    this.#meter.advance(nowUs)
    do this.#handle(clock.next())
    while (clock.nextUs === nowUs)
    this.#dispatcher.run()
    return true
  }

  #handle(event: number): void {
    const subject = subjectOf(event)
    switch (kindOf(event)) {
      case COHORT_END:
        this.#execution.end(subject)
        break
      case KERNEL_READY:
        this.#lanes.kernelReady(subject)
        break
      case REQUEST_ARRIVAL:
        this.#scheduler.arrive(subject)
        break
      case REQUEST_LAUNCH:
        this.#lanes.launchRequest(subject)
        break
      case WAKE:
        this.#scheduler.wake()
        break
      case SAMPLE:
        this.#sampler?.take()
        break
      default:
        this.#meter.reset()
        this.#scheduler.reset()
        this.#sampler?.begin()
    }
  }

  #result(): SimulationResult {
    const { durationUs } = this.#options
    const seconds = durationUs / 1e6
    const workers = this.#scheduler.results(seconds)
    const watts = this.#powerW(workers)
    return {
      seconds,
      workers,
      powerW: watts,
      energyJ: watts * seconds,
      cuUtilization: cuUtilization(this.#device, this.#meter.use(), durationUs),
      launches: this.#lanes.launches,
    }
  }

  /** Mean power over the window. */
  #powerW(workers: readonly WorkerResult[]): number {
    const activities = workers.map(({ requestsPerSecond }, w) => ({
      profile: this.#scenario.workers[w].profile,
      requestsPerSecond,
    }))
    return powerW(this.#device, activities, this.#meter.use(), this.#options.durationUs)
  }
}
