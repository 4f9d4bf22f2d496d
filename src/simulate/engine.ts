import type { Device } from '../device/device.js'
import type { Plan } from '../plan/plan.js'
import { createRandom } from '../random.js'
import type { Scenario } from '../workload/scenario.js'
import { type Arrivals, arrivalsOf } from './arrivals.js'
import { conservedPlacement } from './conserved.js'
import { type Contention, contentionOf, crowding, memoryStretch, seenLoad } from './contention.js'
import { Dispatcher } from './dispatch.js'
import { EnergyMeter } from './energy.js'
import { EventHeap } from './event-heap.js'
import { createMachine, type Machine, setTargets, vacate } from './machine.js'
import { compile, type Program } from './program.js'
import { progressByRow, Requests } from './requests.js'
import type { SimulationOptions, SimulationResult } from './result.js'
import { SpanRecorder } from './spans.js'
import { type Transition, transitionOf } from './transition.js'

/** Kinds of events; an event's payload is its subject times KINDS plus its kind. */
const KINDS = 4
const COHORT_END = 0
const KERNEL_READY = 1
const REQUEST_ARRIVAL = 2
const WARMUP_END = 3

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
  readonly #events = new EventHeap(256)
  readonly #requests: Requests[]
  readonly #arrivals: Arrivals[]
  readonly #progress: Float64Array
  readonly #memoryOf: Float64Array
  #nowUs = 0
  #launches = 0

  constructor(scenario: Scenario, plan: Plan, options: SimulationOptions) {
    const { device, workers } = scenario
    this.#scenario = scenario
    this.#device = device
    this.#options = options
    this.#program = compile(scenario, plan)
    this.#machine = createMachine(device, this.#program)
    this.#dispatcher = new Dispatcher(this.#machine, this.#program)
    this.#contention = contentionOf(device)
    this.#meter = new EnergyMeter(device, this.#machine)
    this.#spans =
      options.onKernel && new SpanRecorder(this.#machine, this.#program, options.onKernel)
    this.#requests = workers.map(() => new Requests())
    this.#progress = progressByRow(this.#program)
    this.#memoryOf = new Float64Array(workers.length)
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

  run(): SimulationResult {
    const endUs = this.#options.warmupUs + this.#options.durationUs
    const events = this.#events
    while (events.nextUs <= endUs) {
      this.#nowUs = events.nextUs
      this.#meter.advance(this.#nowUs)
      do this.#handle(events.pop())
      while (events.nextUs === this.#nowUs)
      this.#dispatcher.run(this.#startCohort)
    }
    this.#nowUs = endUs
    this.#meter.advance(endUs)
    return this.#result()
  }

  #schedule(timeUs: number, kind: number, subject: number): void {
    if (timeUs < Number.POSITIVE_INFINITY) this.#events.push(timeUs, subject * KINDS + kind)
  }

  #handle(payload: number): void {
    const subject = (payload / KINDS) | 0
    switch (payload % KINDS) {
      case COHORT_END:
        return this.#endCohort(subject)
      case KERNEL_READY:
        return this.#kernelReady(subject)
      case REQUEST_ARRIVAL:
        return this.#requestArrives(subject)
      case WARMUP_END:
        return this.#endWarmup()
    }
  }

  #requestArrives(worker: number): void {
    if (this.#requests[worker].arrive(this.#nowUs)) this.#startRequest(worker)
    this.#schedule(this.#arrivals[worker](), REQUEST_ARRIVAL, worker)
  }

  #startRequest(worker: number): void {
    const machine = this.#machine
    machine.active++
    machine.row[worker] = this.#program.firstRow[worker]
    const startUs = this.#nowUs + this.#device.costs.hostTurnaroundUs
    machine.requestStartUs[worker] = startUs
    this.#schedule(startUs, KERNEL_READY, worker)
  }

  #kernelReady(worker: number): void {
    const machine = this.#machine
    const row = machine.row[worker]
    const partition = this.#program.partition[row]
    const placedCus = this.#program.placedCus[partition]
    if (placedCus > 0) {
      setTargets(machine, worker, [])
      setTargets(machine, worker, conservedPlacement(this.#device, machine.holders, placedCus))
    } else if (
      row === this.#program.firstRow[worker] ||
      partition !== this.#program.partition[row - 1]
    ) {
      setTargets(machine, worker, this.#program.pool[partition])
    }
    machine.undispatched[worker] = this.#program.blocks[row]
    machine.startUs[worker] = -1
    this.#launches++
    this.#dispatcher.enqueue(worker)
  }

  readonly #startCohort = (worker: number, blocks: Int32Array, count: number): void => {
    const machine = this.#machine
    const program = this.#program
    const { cohorts, granules } = machine
    const row = machine.row[worker]
    const cohort = cohorts.unused[--cohorts.unusedCount]
    const at = cohort * granules
    const first = worker * granules
    cohorts.worker[cohort] = worker
    let stretch = 0
    for (let i = machine.targetCount[worker] - 1; i >= 0; i--) {
      const granule = machine.targets[first + i]
      const n = blocks[granule]
      cohorts.blocks[at + granule] = n
      if (n > 0) stretch += n * this.#crowdingOn(granule, worker, row)
    }
    const memory = count * program.blockMemory[row]
    const others = machine.memory - this.#memoryOf[worker]
    const memoryFactor = memoryStretch(this.#contention, program.memoryBound[row], others)
    const durationUs = ((program.blockUs[row] * stretch) / count) * memoryFactor
    machine.memory += memory
    this.#memoryOf[worker] += memory
    machine.blocks += count
    if (machine.startUs[worker] < 0) machine.startUs[worker] = this.#nowUs
    this.#spans?.place(worker, blocks)
    this.#schedule(this.#nowUs + durationUs, COHORT_END, cohort)
  }

  /** Relative time of a block of the worker's kernel on a granule, as it is occupied now. */
  #crowdingOn(granule: number, worker: number, row: number): number {
    const { cus, resident, load, residentOf, granules } = this.#machine
    const own = residentOf[worker * granules + granule]
    const blockLoad = this.#program.blockLoad[row]
    const others = resident[granule] - own
    const othersLoad = load[granule] - own * blockLoad
    const seen = seenLoad(cus[granule], own, blockLoad, others, othersLoad)
    return crowding(this.#contention, seen)
  }

  #endCohort(cohort: number): void {
    const machine = this.#machine
    const { cohorts, granules } = machine
    const worker = cohorts.worker[cohort]
    const at = cohort * granules
    const first = worker * granules
    let count = 0
    for (let i = machine.targetCount[worker] - 1; i >= 0; i--) {
      const granule = machine.targets[first + i]
      const n = cohorts.blocks[at + granule]
      if (n === 0) continue
      vacate(machine, this.#program, worker, granule, n)
      count += n
    }
    cohorts.unused[cohorts.unusedCount++] = cohort
    const memory = count * this.#program.blockMemory[machine.row[worker]]
    machine.memory -= memory
    this.#memoryOf[worker] -= memory
    machine.blocks -= count
    machine.running[worker] -= count
    if (machine.running[worker] === 0 && machine.undispatched[worker] === 0) this.#endKernel(worker)
  }

  #endKernel(worker: number): void {
    const machine = this.#machine
    const program = this.#program
    this.#spans?.end(worker, this.#requests[worker].finished, this.#nowUs)
    machine.memory -= this.#memoryOf[worker]
    this.#memoryOf[worker] = 0
    const row = machine.row[worker] + 1
    if (row === program.firstRow[worker] + program.rowCount[worker]) return this.#endRequest(worker)
    machine.row[worker] = row
    this.#schedule(this.#transition.readyUs(machine, worker, row, this.#nowUs), KERNEL_READY, worker)
  }

  #endRequest(worker: number): void {
    const machine = this.#machine
    setTargets(machine, worker, [])
    machine.active--
    machine.row[worker] = this.#program.firstRow[worker]
    const requests = this.#requests[worker]
    if (requests.finish(this.#nowUs)) return this.#startRequest(worker)
    if (this.#scenario.workers[worker].load.kind === 'closed') this.#requestArrives(worker)
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
    return finished + this.#progress[this.#machine.row[worker]]
  }

  #result(): SimulationResult {
    const { durationUs } = this.#options
    const seconds = durationUs / 1e6
    const powerW = this.#meter.powerW(durationUs)
    return {
      seconds,
      workers: this.#requests.map((requests, w) =>
        requests.result(
          this.#scenario.workers[w].name,
          this.#work(w),
          seconds,
          this.#program.switches[w],
        ),
      ),
      powerW,
      energyJ: powerW * seconds,
      cuUtilization: this.#meter.cuUtilization(durationUs),
      launches: this.#launches,
    }
  }
}
