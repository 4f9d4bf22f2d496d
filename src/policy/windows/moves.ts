import { poolUnits } from '../../device/device.js'
import { clamp } from '../../numbers.js'
import type { Random } from '../../random.js'
import type { Scenario } from '../../workload/scenario.js'
import type { PriorityRule } from '../priorities.js'
import type { Candidate, Window, WorkerWindows } from './candidate.js'
import { priorityRules } from './starts.js'

/** What kernels are charged for a second window, in µs per CU, from free to expensive. */
const RENTS_US = [0, 0.01, 0.03, 0.1, 0.3]

/*
 * How often each move is made. No figure is delicate: windows decide most and have the most
 * neighbours, so most moves go to them, and small steps are likelier than large ones.
 */

/** Share of the moves that change priorities, where the device has any. */
const PRIORITY_MOVES = 0.25
/** Share of those moves that favour a different worker; the rest change the rule. */
const FAVOURITE_MOVES = 0.4
/** Mean number of workers that a move changes besides the first. */
const FURTHER_WORKERS = 0.6
/**
 * Shares of what happens to a worker: an edge of its window moves, the whole window moves, or its second
 * window goes.
 */
const EDGE_MOVES = 0.5
const SHIFTS = 0.25
const SECOND_WINDOW_DROPS = 0.12
/** An edge of a window moves by at most this share of the device. */
const LONGEST_STEP = 3 / 16
/**
 * Among the changes to a rule of cuts, the share that only makes the cuts shorter or longer,
 * followed by the factor for that.
 */
const CUT_SCALINGS = 0.5
const SHORTER_CUTS = 0.7
const LONGER_CUTS = 1.4

/** A neighbour of a candidate: either one or a few workers are changed, or the priorities. */
export function neighbour(scenario: Scenario, from: Candidate, random: Random): Candidate {
  if (scenario.device.priorityLevels > 1 && random.uniform() < PRIORITY_MOVES) {
    if (random.uniform() < FAVOURITE_MOVES)
      return { ...from, workers: otherFavourite(from.workers, random) }
    return { ...from, priorities: otherRule(scenario, from.priorities, random) }
  }
  const units = poolUnits(scenario.device).length
  const workers = [...from.workers]
  const changes = 1 + Math.floor(random.exponential(FURTHER_WORKERS))
  for (let i = 0; i < changes; i++) {
    const w = random.integer(workers.length)
    workers[w] = changed(workers[w], units, random)
  }
  return { ...from, workers }
}

function changed(worker: WorkerWindows, units: number, random: Random): WorkerWindows {
  const kind = random.uniform()
  if (kind < EDGE_MOVES) return { ...worker, first: withMovedEdge(worker.first, units, random) }
  if (kind < EDGE_MOVES + SHIFTS) return { ...worker, first: moved(worker.first, units, random) }
  if (worker.second && kind < EDGE_MOVES + SHIFTS + SECOND_WINDOW_DROPS) {
    return { ...worker, second: undefined }
  }
  const { first } = worker
  const size = clamp(first.size + random.integer(units) - (units >> 1), 1, units)
  const rentUs = RENTS_US[random.integer(RENTS_US.length)]
  return { ...worker, second: { base: first.base, size, rentUs } }
}

/** The window after one of its ends has moved. */
function withMovedEdge({ base, size }: Window, units: number, random: Random): Window {
  const next = clamp(size + step(units, random), 1, units)
  const isLeft = random.uniform() < 0.5
  return { base: isLeft ? (base + size - next + units) % units : base, size: next }
}

function moved(window: Window, units: number, random: Random): Window {
  return { ...window, base: (window.base + step(units, random) + units) % units }
}

/** Favours a worker, or stops favouring it. */
function otherFavourite(workers: readonly WorkerWindows[], random: Random): WorkerWindows[] {
  const chosen = random.integer(workers.length)
  return workers.map((worker, w) =>
    w === chosen ? { ...worker, favoured: worker.favoured ? undefined : true } : worker,
  )
}

/** A step up or down, never 0. */
function step(units: number, random: Random): number {
  const most = Math.max(1, Math.round(LONGEST_STEP * units))
  const length = 1 + random.integer(most)
  return random.uniform() < 0.5 ? -length : length
}

/** Another rule of the device, or the same cuts made shorter or longer. */
function otherRule(scenario: Scenario, rule: PriorityRule, random: Random): PriorityRule {
  if (rule.kind === 'cuts' && random.uniform() < CUT_SCALINGS) {
    const factor = random.uniform() < 0.5 ? SHORTER_CUTS : LONGER_CUTS
    return { kind: 'cuts', cutsUs: rule.cutsUs.map((us) => us * factor) }
  }
  const rules = priorityRules(scenario)
  return rules[random.integer(rules.length)]
}
