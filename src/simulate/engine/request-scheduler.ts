import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { WorkerResult } from '../result.js'
import { type Clock, REQUEST_LAUNCH } from './clock.js'

/** The part that decides which requests run when: the loads of the workers, or a scheduling core. */
export interface RequestScheduler {
  /** The next request arrives, either at the worker or in the queue with this number. */
  arrive(subject: number): void
  /** The time has come at which the scheduler asked to be woken. */
  wake(): void
  /** The request in flight on a worker has ended. */
  end(worker: number): void
  /** Requests that a worker has finished, warm-up included. */
  finished(worker: number): number
  /** Forgets everything measured so far, because the warm-up ends now. */
  reset(): void
  /** What each worker did since the reset, which was `seconds` ago. */
  results(seconds: number): WorkerResult[]
}

/** The parts of the engine that a scheduler works on. */
export interface EngineParts {
  readonly clock: Clock
  readonly machine: Machine
  readonly program: Program
  readonly hostTurnaroundUs: number
  readonly hostTurnaroundPerWorkerUs: number
}

/**
 * The host turns to the worker's next request, and launches it a little later.
 * @param dispatchUs further time until the launch, in µs
 */
export function startRequest(parts: EngineParts, worker: number, dispatchUs = 0): void {
  const { clock, machine, hostTurnaroundUs, hostTurnaroundPerWorkerUs } = parts
  const turnaroundUs = hostTurnaroundUs + hostTurnaroundPerWorkerUs * machine.active
  const startUs = clock.nowUs + turnaroundUs + dispatchUs
  machine.active++
  machine.isActive[worker] = 1
  machine.requestStartUs[worker] = startUs
  clock.schedule(startUs, REQUEST_LAUNCH, worker)
}

/** The worker's request is over: it no longer counts among the active ones. */
export function stopRequest({ machine, program }: EngineParts, worker: number): void {
  machine.active--
  machine.isActive[worker] = 0
  machine.row[program.firstLane[worker]] = program.firstRow[worker]
}
