import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type RunningLaunch, type ServiceModel, SharedDevice } from './shared-device.js'

/** Speeds that depend on what runs. A launch of model 1 is slowed less, and slows others more. */
const speedOf = ({ model }: RunningLaunch, running: readonly RunningLaunch[]): number => {
  const heavy = running.filter((other) => other.model === 1).length
  return 1 / (1 + (running.length - 1) * (model === 1 ? 0.25 : 0.5) + heavy * 0.125)
}

/** @param stepUs added to the dispatch time of each launch over the one before it, three in turn */
function serviceOf(leastUs: number, stepUs = 0): ServiceModel {
  return {
    dispatchUs: (_instance, _batch, nth) => leastUs + stepUs * (nth % 3),
    workUs: (instance, batch) => 10 * batch + instance,
    speeds: (running, speeds) =>
      running.forEach((launch, i) => {
        speeds[i] = speedOf(launch, running)
      }),
  }
}

const launched = fc.record({
  gapUs: fc.nat(60),
  model: fc.nat(1),
  batch: fc.integer({ min: 1, max: 4 }),
})

test('by its end a launch has done exactly its work, whatever ran beside it', () => {
  fc.assert(
    fc.property(
      fc.array(launched, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(0, 7),
      fc.constantFrom(0, 30),
      (launches, leastUs, stepUs) => {
        const service = serviceOf(leastUs, stepUs)
        const device = new SharedDevice(service, launches.length)
        const startsUs = new Map<number, number>()
        const done = new Map<number, number>()
        let running: RunningLaunch[] = []
        let atUs = 0
        const advance = (untilUs: number): void => {
          while (device.nextUs <= untilUs && device.nextUs < Number.POSITIVE_INFINITY) {
            const nowUs = device.nextUs
            assert.ok(nowUs >= atUs)
            for (const one of running) {
              const before = done.get(one.instance)!
              done.set(one.instance, before + (nowUs - atUs) * speedOf(one, running))
            }
            atUs = nowUs
            const ended = device.step()
            if (ended) {
              const work = service.workUs(ended.instance, ended.batch)
              assert.ok(Math.abs(done.get(ended.instance)! - work) < 1e-6)
              running = running.filter(({ instance }) => instance !== ended.instance)
            } else {
              const due = [...startsUs].filter(([one]) => !done.has(one))
              const [[started]] = due.sort(([, a], [, b]) => a - b)
              assert.ok(Math.abs(nowUs - startsUs.get(started)!) < 1e-9)
              done.set(started, 0)
              const { model, batch } = launches[started]
              running.push({ instance: started, model, batch, level: 0, requests: [], leftUs: 0 })
            }
            assert.equal(device.running, running.length)
          }
        }
        let nowUs = 0
        launches.forEach(({ gapUs, model, batch }, instance) => {
          advance(nowUs + gapUs)
          nowUs += gapUs
          device.launch(nowUs, { instance, model, batch, level: 0, requests: [] })
          startsUs.set(instance, nowUs + service.dispatchUs(instance, batch, instance))
        })
        advance(Number.POSITIVE_INFINITY)
        assert.equal(done.size, launches.length)
        assert.equal(running.length, 0)
        assert.equal(device.nextUs, Number.POSITIVE_INFINITY)
      },
    ),
  )
})

test('of two events at the same time, an end comes before a start', () => {
  const device = new SharedDevice(serviceOf(5), 2)
  const launch = { instance: 0, model: 0, batch: 1, level: 0, requests: [] }
  device.launch(0, launch)
  assert.equal(device.step(), undefined)
  assert.equal(device.nextUs, 15)
  device.launch(10, launch)
  assert.equal(device.step()?.instance, 0)
  assert.equal(device.nextUs, 15)
  assert.equal(device.running, 0)
  assert.equal(device.step(), undefined)
  assert.equal(device.running, 1)
})
