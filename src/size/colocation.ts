import { Slowdown } from './slowdown.js'

/** Launches of a model at one batch size, and how they are composed of the simulated classes. */
export interface ColocatedClass {
  readonly model: number
  readonly batch: number
  /** Time of a launch alone under its share, in µs. */
  readonly aloneUs: number
  /** The simulated classes of its model: its smallest and its largest batch size, or the same one twice. */
  readonly anchors: readonly [number, number]
  /** Position between the two: 0 is the smallest, 1 the largest. */
  readonly largePart: number
}

/** A simulated state: the number of launches of each anchor, and their times in µs; NaN where none ran. */
export interface SimulatedState {
  readonly counts: readonly number[]
  readonly timesUs: readonly number[]
}

/**
 * How launches of several models slow each other down. Simulated states are taken as they are, and
 * times in other states are estimated from them. A batch size between the smallest and the largest
 * counts as a mixture of both.
 */
export class Colocation {
  readonly classes: readonly ColocatedClass[]
  readonly #simulated: ReadonlyMap<string, readonly number[]>
  /** By anchor. */
  readonly #slowdowns: readonly Slowdown[]
  readonly #aloneUs: readonly number[]

  /** @param states simulated states, among them each anchor alone */
  constructor(classes: readonly ColocatedClass[], states: readonly SimulatedState[]) {
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
   * Speed of a launch beside others, where 1 is the speed of the same launch alone under its share.
   * @param one its class, as an index of `classes`
   * @param counts running launches of each class, this one included
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
   * Times of a launch in ms: alone, beside one other, beside two, and so on. The others are one
   * launch of each other model in turn, at its smallest batch.
   * @param atOnce how many times to return, which is also the number of launches that run for the
   * last of them
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

  /** How many times as long as alone a launch of an anchor class takes. */
  #slowness(anchor: number, others: readonly number[]): number {
    const state = others.map((count, i) => (i === anchor ? count + 1 : count))
    const simulated = this.#simulated.get(state.join())
    const timeUs = simulated?.[anchor] ?? this.#slowdowns[anchor].timeUs(others)
    return Math.max(1, timeUs / this.#aloneUs[anchor])
  }

  /** The number of launches of each anchor that are equivalent to those that run. */
  #inAnchors(counts: ArrayLike<number>): number[] {
    const weights = this.#aloneUs.map(() => 0)
    this.classes.forEach(({ anchors: [small, large], largePart }, one) => {
      weights[small] += counts[one] * (1 - largePart)
      weights[large] += counts[one] * largePart
    })
    return weights
  }
}

/** Takes a part of a launch out of the weights. Rounding may leave a weight below zero, which then counts as zero. */
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
