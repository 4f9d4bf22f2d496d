import { Slowdown } from './slowdown.js'

/** Launches of a model at one batch size, and how they count among the simulated classes. */
export interface CrowdClass {
  readonly model: number
  readonly batch: number
  /** Time of a launch alone under its share, in µs. */
  readonly aloneUs: number
  /** The simulated classes of its model: its smallest and its largest batch size, or one twice. */
  readonly anchors: readonly [number, number]
  /** Where it stands between the two: 0 is the smallest, 1 the largest. */
  readonly largePart: number
}

/** A simulated state: launches of each anchor, and their times in µs, NaN where none ran. */
export interface SimulatedState {
  readonly counts: readonly number[]
  readonly timesUs: readonly number[]
}

/**
 * How launches of some models slow each other down. What was simulated is taken as it is; times in
 * other states are told from it, and a batch size between the smallest and the largest counts as
 * something of both.
 */
export class Crowd {
  readonly classes: readonly CrowdClass[]
  readonly #simulated: ReadonlyMap<string, readonly number[]>
  /** By anchor. */
  readonly #slowdowns: readonly Slowdown[]
  readonly #aloneUs: readonly number[]

  /** @param states each anchor alone among them */
  constructor(classes: readonly CrowdClass[], states: readonly SimulatedState[]) {
    this.classes = classes
    this.#simulated = new Map(states.map(({ counts, timesUs }) => [counts.join(), timesUs]))
    const anchors = states[0].counts.map((_, anchor) => anchor)
    this.#aloneUs = anchors.map((anchor) => {
      const alone = anchors.map((i) => (i === anchor ? 1 : 0))
      return this.#simulated.get(alone.join())![anchor]
    })
    this.#slowdowns = anchors.map((anchor) => new Slowdown(observationsOf(anchor, states)))
  }

  /**
   * Speed of a launch beside others, 1 being that of the same launch alone under its share.
   * @param one its class, as an index of `classes`
   * @param counts launches of each class that run, itself among them
   */
  speed(one: number, counts: ArrayLike<number>): number {
    const { anchors, largePart } = this.classes[one]
    const others = this.#inAnchors(counts)
    takeOut(others, anchors[0], 1 - largePart)
    takeOut(others, anchors[1], largePart)
    const [small, large] = anchors.map((anchor) => this.#slowness(anchor, others))
    return 1 / (small ** (1 - largePart) * large ** largePart)
  }

  /**
   * Times of a launch in ms: alone, beside one other, beside two, … The others are one of every other
   * model in turn, at its smallest batch.
   * @param atOnce how many times to tell: so many launches run in the last
   */
  launchMs(model: number, batch: number, atOnce: number): number[] {
    const models = 1 + Math.max(...this.classes.map((one) => one.model))
    const one = this.classes.findIndex((own) => own.model === model && own.batch === batch)
    const counts = this.classes.map((_, i) => (i === one ? 1 : 0))
    const times: number[] = []
    for (let next = model; times.length < atOnce; ) {
      times.push(this.classes[one].aloneUs / 1000 / this.speed(one, counts))
      next = (next + 1) % models
      counts[this.classes.findIndex((other) => other.model === next)]++
    }
    return times
  }

  /** How much longer a launch of an anchor class takes than alone. */
  #slowness(anchor: number, others: readonly number[]): number {
    const state = others.map((count, i) => (i === anchor ? count + 1 : count))
    const simulated = this.#simulated.get(state.join())
    const timeUs = simulated?.[anchor] ?? this.#slowdowns[anchor].timeUs(others)
    return Math.max(1, timeUs / this.#aloneUs[anchor])
  }

  /** Launches of each anchor that weigh as much as those that run. */
  #inAnchors(counts: ArrayLike<number>): number[] {
    const weights = this.#aloneUs.map(() => 0)
    this.classes.forEach(({ anchors: [small, large], largePart }, one) => {
      weights[small] += counts[one] * (1 - largePart)
      weights[large] += counts[one] * largePart
    })
    return weights
  }
}

/** Takes out a part of a launch; what rounding leaves below nothing is nothing. */
function takeOut(weights: number[], anchor: number, part: number): void {
  weights[anchor] = Math.max(0, weights[anchor] - part)
}

function observationsOf(anchor: number, states: readonly SimulatedState[]) {
  return states
    .filter(({ counts }) => counts[anchor] > 0)
    .map(({ counts, timesUs }) => ({
      others: counts.map((count, i) => (i === anchor ? count - 1 : count)),
      timeUs: timesUs[anchor],
    }))
}
