import type { Device } from '../../device/device.js'
import { EventQueue } from '../../event-queue.js'
import type { Plan } from '../../plan/plan.js'
import { createRandom } from '../../random.js'
import type { Scenario } from '../../workload/scenario.js'
import {
  type Contention,
  contentionOf,
  crowding,
  memoryStretch,
  seenLoad,
} from '../model/contention.js'
import { EnergyMeter } from '../model/energy.js'
import { type HardwareQueues, queuesOf } from '../model/hardware-queues.js'
import { createMachine, type Machine, move } from '../model/machine.js'
import { Placer } from '../model/placer.js'
import { measuredPowerW } from '../model/power.js'
import { compile, type Detail, type Program } from '../model/program.js'
import { Targets } from '../model/targets.js'
import { type Transition, transitionOf } from '../model/transition.js'
import type { SimulationOptions, SimulationResult } from '../result.js'
import { type Arrivals, arrivalsOf } from './arrivals.js'
import { Cohorts } from './cohorts.js'
import { Dispatcher, type Placement } from './dispatch.js'
import { progressByRow, Requests } from './requests.js'
import { SpanRecorder } from './spans.js'

/** Exact mode keeps waves apart; coarse mode takes several together. */
const DETAIL: Readonly<Record<SimulationOptions['mode'], Detail>> = {
  exact: { tickShare: 1 / 8, waves: 32 },
  coarse: { tickShare: 1 / 2, waves: 3 },
}

/** Room for kinds of events, a power of two; an event's payload is its subject times KINDS plus its kind. */
const KINDS = 8
const COHORT_END = 0
const KERNEL_READY = 1
const REQUEST_ARRIVAL = 2
const REQUEST_LAUNCH = 3
const WARMUP_END = 4

/** One run of a plan: the machine, its events, and what is measured on the way. */
export class Engine {
  readonly #scenario: Scenario
  readonly #device: Device
  readonly #options: SimulationOptions
  readonly #program: Program
  readonly #machine: Machine
  readonly #dispatcher: Dispatcher
  readonly #contention: Contention
  readonly #transition: Transition
  readonly #meter: EnergyMeter
  readonly #spans: SpanRecorder | undefined
  readonly #events = new EventQueue(256)
  readonly #requests: Requests[]
  readonly #arrivals: Arrivals[]
  readonly #progress: Float64Array
  readonly #targets: Targets
  readonly #placer: Placer
  readonly #cohorts: Cohorts
  readonly #queues: HardwareQueues | undefined
  /** Of each lane that waits for its queue the row before, the same row at the start of a request; else -1. */
  readonly #leftRow: Int32Array
  /** Lanes still running of each worker's open branches. */
  readonly #openLanes: Int32Array
  readonly #endUs: number
  #nowUs = 0
  #launches = 0

  constructor(scenario: Scenario, plan: Plan, options: SimulationOptions) {
    const { device, workers } = scenario
    this.#scenario = scenario
    this.#device = device
    this.#options = options
    this.#endUs = options.warmupUs + options.durationUs
    this.#program = compile(scenario, plan, DETAIL[options.mode], options.memsets)
    this.#machine = createMachine(this.#program)
    this.#targets = new Targets(
      this.#program.cells.cellOfGranule,
      this.#program.targets,
      this.#program.lanes,
    )
    this.#placer = new Placer(device, plan, this.#program, this.#targets)
    this.#cohorts = new Cohorts(device, this.#targets.cells, this.#program.lanes)
    this.#queues = queuesOf(device, plan, this.#program)
    this.#leftRow = new Int32Array(this.#program.lanes).fill(-1)
    this.#openLanes = new Int32Array(workers.length)
    this.#dispatcher = new Dispatcher(
      this.#machine,
      this.#program,
      this.#targets,
      (lane, placement) => this.#startCohort(lane, placement),
    )
    this.#contention = contentionOf(device)
    this.#meter = new EnergyMeter(device, this.#machine)
    this.#spans =
      options.onKernel && new SpanRecorder(this.#machine, this.#program, options.onKernel)
    this.#requests = workers.map(() => new Requests())
    this.#progress = progressByRow(this.#program)
    const random = createRandom(options.seed)
    this.#transition = transitionOf(device, plan, this.#program, random)
    this.#arrivals = workers.map((worker) => arrivalsOf(worker.load, random))
    workers.forEach((worker, w) => {
      const closed = worker.load.kind === 'closed'
      const firstUs = closed ? random.uniform() * 1000 : this.#arrivals[w]()
      this.#schedule(firstUs, REQUEST_ARRIVAL, w)
    })
    this.#schedule(options.warmupUs, WARMUP_END, 0)
  }

  /** What the device holds, to look at between steps. */
  get machine(): Machine {
    return this.#machine
  }

  /** Runs to the end of the window. */
  run(): SimulationResult {
    while (this.#step());
    this.#nowUs = this.#endUs
    this.#meter.advance(this.#endUs)
    return this.#result()
  }

  /** Runs as `run` does, stopping after every instant at which something happened. */
  *steps(): Generator<number> {
    while (this.#step()) yield this.#nowUs
  }

  /** Handles everything that happens at the next instant; false at the end of the window. */
  #step(): boolean {
    const events = this.#events
    const nowUs = events.nextUs
    if (nowUs > this.#endUs) return false
    this.#nowUs = nowUs
    this.#meter.advance(nowUs)
    do this.#handle(events.pop())
    while (events.nextUs === nowUs)
    this.#dispatcher.run()
    return true
  }

  #schedule(timeUs: number, kind: number, subject: number): void {
    if (timeUs < Number.POSITIVE_INFINITY) this.#events.push(timeUs, subject * KINDS + kind)
  }

  #handle(payload: number): void {
    const subject = (payload / KINDS) | 0
    switch (payload % KINDS) {
      case COHORT_END:
        this.#endCohort(subject)
        break
      case KERNEL_READY:
        this.#kernelReady(subject)
        break
      case REQUEST_ARRIVAL:
        this.#requestArrives(subject)
        break
      case REQUEST_LAUNCH:
        this.#launchRequest(subject)
        break
      default:
        this.#endWarmup()
    }
  }

  #requestArrives(worker: number): void {
    if (this.#requests[worker].arrive(this.#nowUs)) this.#startRequest(worker)
    this.#schedule(this.#arrivals[worker](), REQUEST_ARRIVAL, worker)
  }

  #startRequest(worker: number): void {
    const machine = this.#machine
    machine.active++
    machine.activity += this.#program.activity[worker]
    const startUs = this.#nowUs + this.#device.costs.hostTurnaroundUs
    machine.requestStartUs[worker] = startUs
    this.#schedule(startUs, REQUEST_LAUNCH, worker)
  }

  #launchRequest(worker: number): void {
    this.#queues?.launch(worker)
    const program = this.#program
    const row = program.firstRow[worker]
    const rows = program.branches.get(row) ?? [row]
    this.#openLanes[worker] = program.branches.has(row) ? rows.length : 0
    rows.forEach((first, i) => {
      const lane = program.firstLane[worker] + i
      this.#machine.row[lane] = first
      if (this.#mayStart(lane, first, first)) this.#kernelReady(lane)
    })
  }

  #launch(lane: number, row: number, readyUs: number): void {
    this.#machine.row[lane] = row
    this.#schedule(readyUs, KERNEL_READY, lane)
  }

  #kernelReady(lane: number): void {
    const machine = this.#machine
    const row = machine.row[lane]
    if (this.#queues) this.#wake(this.#queues.passMemsets(row))
    machine.target[lane] = this.#placer.place(lane, row)
    machine.undispatched[lane] = this.#program.blocks[row]
    machine.startUs[lane] = -1
    this.#launches++
    this.#dispatcher.enqueue(lane)
  }

  #startCohort(lane: number, placement: Placement): void {
    const machine = this.#machine
    const program = this.#program
    const row = machine.row[lane]
    const { size, blocks, cell, count } = placement
    const isFirst = machine.startUs[lane] < 0
    const code = program.codeOfLane[lane]
    const blockLoad = program.blockLoad[row]
    const { load, resident, codeOn, cus } = machine
    let seen = 0
    let isCold = false
    for (let i = 0; i < size; i++) {
      const own = count[i]
      if (own === 0) continue
      const at = cell[i]
      const others = resident[at] - own
      const othersLoad = load[at] - own * blockLoad
      seen += own * seenLoad(this.#contention, cus[at], own, blockLoad, others, othersLoad)
      if (codeOn[at] !== code) isCold = true
      codeOn[at] = code
    }
    const others = machine.memory - machine.memoryOf[lane]
    const memoryFactor = memoryStretch(this.#contention, program.memoryBound[row], others)
    const coldUs = isFirst && isCold ? this.#contention.coldStartUs : 0
    const crowded = crowding(this.#contention, seen / blocks)
    const durationUs = program.blockUs[row] * crowded * memoryFactor + coldUs
    const memory = blocks * program.blockMemory[row]
    machine.memory += memory
    machine.memoryOf[lane] += memory
    machine.blocks += blocks
    if (isFirst) machine.startUs[lane] = this.#nowUs
    this.#spans?.place(lane, placement)
    const tickUs = program.tickUs[row]
    const endUs = Math.round((this.#nowUs + durationUs) / tickUs) * tickUs
    const cohort = this.#cohortEnding(lane, endUs, size)
    this.#cohorts.add(cohort, cell, count, size)
    this.#cohorts.blocks[cohort] += blocks
  }

  /** The lane's newest cohort if it ends at the same tick and has place, else a new one. */
  #cohortEnding(lane: number, endUs: number, size: number): number {
    const cohorts = this.#cohorts
    const newest = cohorts.newest[lane]
    if (newest >= 0 && cohorts.endUs[newest] === endUs) {
      if (cohorts.size[newest] + size <= cohorts.capacity) return newest
    }
    const cohort = cohorts.begin(lane, endUs)
    this.#schedule(endUs, COHORT_END, cohort)
    return cohort
  }

  #endCohort(cohort: number): void {
    const machine = this.#machine
    const program = this.#program
    const cohorts = this.#cohorts
    const lane = cohorts.lane[cohort]
    const row = machine.row[lane]
    const first = cohort * cohorts.capacity
    const size = cohorts.size[cohort]
    const blocks = cohorts.blocks[cohort]
    move(machine, program, row, cohorts.cell, cohorts.count, first, size, -1)
    this.#dispatcher.freed(cohorts.cell, first, size)
    cohorts.end(cohort)
    this.#meter.add(blocks * program.blockWorkCuUs[row], blocks * program.blockTrafficUs[row])
    const memory = blocks * program.blockMemory[row]
    machine.memory -= memory
    machine.memoryOf[lane] -= memory
    machine.blocks -= blocks
    machine.running[lane] -= blocks
    if (machine.running[lane] === 0 && machine.undispatched[lane] === 0) this.#endKernel(lane)
  }

  #endKernel(lane: number): void {
    const machine = this.#machine
    const program = this.#program
    const worker = program.workerOfLane[lane]
    this.#spans?.end(lane, this.#requests[worker].finished, this.#nowUs)
    machine.memory -= machine.memoryOf[lane]
    machine.memoryOf[lane] = 0
    const row = machine.row[lane]
    if (this.#queues) this.#wake(this.#queues.end(row))
    const next = program.nextRow[row]
    if (next >= 0 && program.branches.has(next)) this.#branch(worker, next, row)
    else if (next >= 0) this.#follow(lane, next, row)
    else if (this.#openLanes[worker] > 0) this.#join(worker, row)
    else this.#endRequest(worker)
  }

  #follow(lane: number, row: number, previous: number): void {
    if (!this.#mayStart(lane, row, previous)) return
    const worker = this.#program.workerOfLane[lane]
    const readyUs = this.#transition.readyUs(this.#machine, worker, row, previous, this.#nowUs)
    this.#launch(lane, row, readyUs)
  }

  /** Whether the row's turn has come in its hardware queue; if not, the lane waits for it. */
  #mayStart(lane: number, row: number, previous: number): boolean {
    if (!this.#queues || this.#queues.isNext(row)) return true
    this.#machine.row[lane] = row
    this.#leftRow[lane] = previous
    return false
  }

  /** Lets the lanes go on that waited for a segment's turn. */
  #wake(segment: number): void {
    if (segment < 0 || !this.#queues) return
    const worker = this.#queues.workerOf(segment)
    const { firstLane, lanes } = this.#program
    const { row } = this.#machine
    const end = firstLane[worker + 1] ?? lanes
    for (let lane = firstLane[worker]; lane < end; lane++) {
      const previous = this.#leftRow[lane]
      if (previous < 0) continue
      this.#leftRow[lane] = -1
      if (previous !== row[lane]) this.#follow(lane, row[lane], previous)
      else if (this.#mayStart(lane, previous, previous)) this.#kernelReady(lane)
    }
  }

  #branch(worker: number, row: number, previous: number): void {
    const rows = this.#program.branches.get(row)!
    this.#openLanes[worker] = rows.length
    rows.forEach((first, i) => {
      this.#follow(this.#program.firstLane[worker] + i, first, previous)
    })
  }

  #join(worker: number, row: number): void {
    if (--this.#openLanes[worker] > 0) return
    const joinRow = this.#program.joinRow[row]
    if (joinRow < 0) this.#endRequest(worker)
    else this.#follow(this.#program.firstLane[worker], joinRow, row)
  }

  #endRequest(worker: number): void {
    const program = this.#program
    this.#machine.active--
    this.#machine.activity -= program.activity[worker]
    this.#machine.row[program.firstLane[worker]] = program.firstRow[worker]
    const requests = this.#requests[worker]
    const isClosed = this.#scenario.workers[worker].load.kind === 'closed'
    if (requests.finish(this.#nowUs)) this.#startRequest(worker)
    else if (isClosed) this.#requestArrives(worker)
  }

  #endWarmup(): void {
    this.#meter.reset()
    this.#requests.forEach((requests, w) => {
      requests.reset(this.#work(w))
    })
  }

  /** Requests done by the worker, the done part of the one in flight included. */
  #work(worker: number): number {
    const { finished } = this.#requests[worker]
    return finished + this.#progress[this.#machine.row[this.#program.firstLane[worker]]]
  }

  #result(): SimulationResult {
    const { durationUs } = this.#options
    const seconds = durationUs / 1e6
    const workers = this.#requests.map((requests, w) =>
      requests.result(
        this.#scenario.workers[w].name,
        this.#work(w),
        seconds,
        this.#program.switches[w],
      ),
    )
    const activities = workers.map(({ requestsPerSecond }, w) => ({
      profile: this.#scenario.workers[w].profile,
      requestsPerSecond,
    }))
    const powerW =
      measuredPowerW(this.#device, activities, this.#meter.activeShare(durationUs)) ??
      this.#meter.powerW(durationUs)
    return {
      seconds,
      workers,
      powerW,
      energyJ: powerW * seconds,
      cuUtilization: this.#meter.cuUtilization(durationUs),
      launches: this.#launches,
    }
  }
}
