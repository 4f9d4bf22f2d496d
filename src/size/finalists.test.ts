import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../io/demand.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { evenChoice } from './candidates.js'
import { checkFinalists, fallsShort, judge, worthChecking } from './finalists.js'
import type { Sized } from './search.js'
import type { KernelLevel } from './serve-kernels.js'

const demand = loadDemand('alexnet/8:50@50ms+vgg19/8:50@50ms')
const even = evenChoice(demand, 1, 40, 'smallest')
const uneven = { ...even, models: even.models.with(1, { ...even.models[1], share: 24 }) }
/** The first model has to attain 99%, the second 90%. */
const plan = { models: [{ quantile: 0.99 }, { quantile: 0.9 }] } as unknown as ServingPlan
const alike = (goodput: number): Sized => ({ choice: even, plan, goodput })
const unlike = (goodput: number): Sized => ({ choice: uneven, plan, goodput })

const goodputs = (plans: readonly Sized[]): number[] => plans.map(({ goodput }) => goodput)

test('plans within 4% of the best are worth a closer look, and of these those that treat models alike', () => {
  const mixed = [unlike(1), alike(0.98), unlike(0.97), alike(0.965), alike(0.95)]
  assert.deepEqual(goodputs(worthChecking(mixed, demand)), [0.98, 0.965])
  assert.deepEqual(
    goodputs(worthChecking([unlike(1), unlike(0.97), alike(0.95)], demand)),
    [1, 0.97],
  )
  assert.deepEqual(goodputs(worthChecking([unlike(1), unlike(0.99), alike(0.98)], demand)), [0.98])
  const many = [1, 0.99, 0.98, 0.97].map(unlike)
  assert.deepEqual(goodputs(worthChecking(many, demand)), [1, 0.99, 0.98])
})

test('the best three plans and the best three that treat models alike are judged by unseen arrivals', async () => {
  const found = [unlike(9), alike(8), unlike(7), unlike(6), alike(5), alike(4), alike(3)]
  const asked: [goodput: number, least: number][] = []
  const unseen = new Map([
    [9, 2],
    [8, undefined],
    [7, 1.99],
    [5, 2.6],
    [4, 1],
  ])
  const judged = await judge(found, demand, async ({ goodput }, least) => {
    asked.push([goodput, least])
    return unseen.get(goodput)
  })
  assert.deepEqual(asked, [
    [9, 0],
    [8, 2 / 1.04],
    [7, 2 / 1.04],
    [5, 2 / 1.04],
    [4, 2.6 / 1.04],
  ])
  assert.deepEqual(goodputs(judged), [2.6, 2, 1.99, 1])
})

/** The plan that is chosen if the finalists attain these shares kernel by kernel, and the loads that were simulated. */
async function chosen(attained: readonly (readonly number[])[], first = 1.5) {
  const finalists = attained.map((_, i) => alike(first - i / 100))
  const loads: number[] = []
  const best = await checkFinalists(finalists, 7, async (tasks) => {
    loads.push(...tasks.map(({ load }) => load))
    return attained.map((attainment) => ({ attainment }) as unknown as KernelLevel)
  })
  return { place: finalists.findIndex(({ goodput }) => goodput === best.goodput), best, loads }
}

test('the worst model decides between finalists, by what it attains beyond what is asked of it', async () => {
  // The margins of the worst models are -0.005, 0.01 and -0.01.
  const { place, best, loads } = await chosen([
    [0.985, 1],
    [1, 0.91],
    [0.98, 1],
  ])
  assert.equal(place, 1)
  assert.deepEqual(best.check.attainment, [1, 0.91])
  assert.deepEqual(loads, [1.5, 1.5, 1.5])
})

test('the first finalist stays if others are better by no more than chance explains', async () => {
  const first = [0.985, 1]
  assert.equal((await chosen([first, [0.994, 0.96]])).place, 0)
  assert.equal((await chosen([first, [0.996, 0.96]])).place, 1)
  // A model of which nothing is known does not count.
  assert.equal((await chosen([first, [0.996, Number.NaN]])).place, 1)
})

test('plans that carry nothing are checked at a hundredth of the demand', async () => {
  assert.deepEqual((await chosen([[0, 0]], 0)).loads, [0.01])
})

test('a plan falls short if a model attains less than asked by more than chance explains', () => {
  const falls = (...attainment: number[]): boolean =>
    fallsShort({
      plan,
      check: { attainment, load: 1 } as unknown as KernelLevel & { load: number },
    })
  assert.ok(!falls(0.981, 1) && falls(0.979, 1))
  assert.ok(!falls(1, 0.891) && falls(1, 0.889))
})
