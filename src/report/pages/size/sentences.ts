/** What was found for a demand, in sentences that the terminal and the page share. */
import { isModelled, statusCaution } from '../../../device/device.js'
import { leastKnown } from '../../../numbers.js'
import type { ServingPlan } from '../../../plan/serving-plan.js'
import type { Addition } from '../../../size/addition.js'
import { BUSY_HOST } from '../../../size/busy-host.js'
import { fallsShort } from '../../../size/finalists.js'
import { LOOSER, type Remedy } from '../../../size/remedies.js'
import type { Sizing } from '../../../size/size-demand.js'
import type { Demand } from '../../../workload/demand.js'
import { change, fixed, listed, percent, shareText, significant } from '../../kit/format.js'
import type { SizeResult } from './result.js'

/** How much of the demand fits, and which model misses its target first. */
export function verdict({ goodput, firstToMiss, unreachable, cutShort }: Sizing): string {
  if (unreachable.length > 0) {
    const whose = listed(unreachable)
    return `The demand does not fit: no plan meets a target shorter than the latency alone, which is that of ${whose}.`
  }
  const first = `${firstToMiss} is the first to miss its target.`
  if (goodput >= 1) {
    return `The demand fits ${fixed(goodput)} times over: headroom ${percent(goodput - 1)}. ${first}`
  }
  const most = goodput < SMALL_PART ? SMALL_PART_TEXT : percent(goodput)
  if (cutShort) {
    return `The best plan found carries ${most} of the demand in time. The search was cut short (--states): a longer one may find a plan that carries more. ${first}`
  }
  return `The demand does not fit: ${most} of it can be carried in time. ${first}`
}

/**
 * The search for goodput goes down to a thousandth, and whole percents would show anything below this as nothing.
 */
const SMALL_PART = 0.01
const SMALL_PART_TEXT = 'less than 1%'

/** A multiple of the demand. Two decimals would show a small one as nothing. */
export function multiple(value: number): string {
  return value < 0.1 ? significant(value) : fixed(value)
}

/** What plain streams carry compared with the plan; undefined if no plan carries anything. */
export function plainStreamsSentence(sizing: Sizing): string | undefined {
  const { goodput, plainStreamsGoodput, unreachable } = sizing
  if (unreachable.length > 0) return undefined
  const carried =
    plainStreamsGoodput < SMALL_PART
      ? `${SMALL_PART_TEXT} of the demand in time`
      : `${fixed(plainStreamsGoodput)} times the demand: the plan's gain over them is ${change(goodput, plainStreamsGoodput)}`
  return `Plain streams, one instance of each model and no shares, carry ${carried}.`
}

/** What the plan carries on a busy host; undefined if no plan carries anything. */
export function busyHostSentence({ busyHostGoodput, unreachable }: Sizing): string | undefined {
  if (unreachable.length > 0) return undefined
  const { share, meanUs } = BUSY_HOST
  const host = `On a busy host, which holds up ${percent(share)} of the launches by ${meanUs / 1000} ms on average`
  const carried =
    busyHostGoodput < SMALL_PART ? `${SMALL_PART_TEXT} of` : `${fixed(busyHostGoodput)} times`
  return `${host}, the plan carries ${carried} the demand.`
}

/** What a reader should know about the basis of the figures; undefined if there is nothing to say. */
export function sizeCaution({ demand, sizing }: SizeResult): string | undefined {
  const cautions = [statusCaution(demand.device), guessedShares(demand, sizing.plan)]
  return cautions.filter((caution) => caution !== undefined).join('; ') || undefined
}

/** Which times under a share of MPS are guessed; of a modelled device it goes without saying. */
function guessedShares({ device, models }: Demand, { mechanism }: ServingPlan): string | undefined {
  if (isModelled(device) || mechanism !== 'mps') return undefined
  const profiles = models.flatMap((model) => model.profiles)
  const guessed = profiles.filter(({ toldLatencyUs }) => toldLatencyUs === undefined)
  if (guessed.length === 0) return undefined
  const names = listed(guessed.map(({ model, batch }) => `${model}/${batch}`))
  return `what a share of MPS makes of ${names} is guessed (eclip profile measures it)`
}

/** How many equal GPUs the demand needs. */
export function gpusSentence({ gpus, unreachable }: Sizing): string {
  if (gpus === null) {
    return `No number of such GPUs carries the demand${unreachable.length > 0 ? '' : ' with this plan'}.`
  }
  if (gpus === 1) return 'One GPU is enough.'
  return `The demand needs ${gpus} such GPUs, each with this plan and an even part of the requests.`
}

/** What becomes of each model if the demand doubles. */
export function doubledSentence({ doubled }: Sizing): string {
  const parts = doubled.map(({ name, attainment }) => `${shareText(attainment)} (${name})`)
  return `When twice the demand comes, ${listed(parts)} of the requests are in time.`
}

/** Goodput is found to a hundredth, so a smaller gain is no gain. */
const LEAST_GAIN = 1.01

/** What would help most if the demand does not fit; undefined if nothing was tried, or nothing could help. */
export function remediesSentence(sizing: Sizing): string | undefined {
  if (sizing.remedies.length === 0 || sizing.unreachable.length > 0) return undefined
  const helpful = sizing.remedies.filter(({ goodput }) => goodput > LEAST_GAIN * sizing.goodput)
  if (helpful.length === 0) {
    return `Neither a target ${LOOSER} times as long, one more instance nor a second GPU would help.`
  }
  const parts = helpful.map(
    (remedy) => `${remedyWords(remedy, sizing)} (${multiple(remedy.goodput)} times the demand)`,
  )
  return `What would help, the best first: ${parts.join('; ')}.`
}

function remedyWords({ kind }: Remedy, { plan, firstToMiss }: Sizing): string {
  if (kind === 'second-gpu') return 'a second GPU that takes half of the requests'
  if (kind === 'one-more-instance') return `one more instance of ${firstToMiss}`
  const { targetMs } = plan.models.find(({ name }) => name === firstToMiss)!
  return `a target of ${significant(LOOSER * targetMs)} ms for ${firstToMiss}`
}

/** What the kernel-level simulator says about the plan. */
export function checkSentence(sizing: Sizing): string {
  const { check, plan } = sizing
  const worst = shareText(leastKnown(check.attainment))
  const { load, powerW, joulesPerRequest, modelJoulesPerRequest } = check
  const byModel = plan.models.map(
    ({ name }, m) => `${significant(modelJoulesPerRequest[m])} of ${name}`,
  )
  // Of requests of which none was answered, there is no energy to tell.
  const energy = Number.isFinite(joulesPerRequest)
    ? `, ${significant(joulesPerRequest)} J a request (${listed(byModel)})`
    : ''
  return `Kernel by kernel, at ${multiple(load)} times the demand: at least ${worst} of each model in time, ${fixed(powerW, 0)} W${energy}.${fallsShort(sizing) ? ' That is less in time than was asked: count on carrying less.' : ''}`
}

/** What further models cost in goodput. */
export function additionSentence({ added, goodputBefore, goodputAfter }: Addition): string {
  return `Without ${listed(added)} ${multiple(goodputBefore)} times the demand fits, with it ${multiple(goodputAfter)} times.`
}
