import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../random.js'
import { ServingCore } from './core.js'
import type { ServedModel, ServingSetup } from './setup.js'
import type { WaitingRequest } from './waiting-queue.js'

const MODEL: ServedModel = {
  name: 'm',
  batches: [1],
  targetUs: 100,
  maxDelayUs: 0,
  headStartUs: 0,
  quantile: 0.99,
  priorityClass: 1,
  late: 'serve',
  mostWaiting: 100,
}

/** A core whose launches take `10 x batch` µs, and a log of what it asked for. */
function coreWith(models: readonly Partial<ServedModel>[], setup: Partial<ServingSetup> = {}) {
  const log: string[] = []
  const served = models.map((model) => ({ ...MODEL, ...model }))
  const core = new ServingCore(
    {
      models: served,
      instances: served.map((_, m) => m),
      concurrency: 8,
      levels: 1,
      evenMisses: true,
      estimateUs: (_instance, batch) => 10 * batch,
      ...setup,
    },
    {
      launch: (instance, batch, level, requests) =>
        log.push(
          `${instance}: ${requests.map(({ tag }) => tag).join('+')} in ${batch} at ${level}`,
        ),
      drop: ({ tag }, _model, reason) => log.push(`${tag} ${reason}`),
    },
  )
  let tag = 0
  const arrive = (nowUs: number, model = 0, more: Partial<WaitingRequest> = {}): void =>
    core.arrive(nowUs, model, {
      tag: tag++,
      samples: 1,
      arrivalUs: nowUs,
      deadlineUs: nowUs + served[model].targetUs,
      priorityClass: served[model].priorityClass,
      ...more,
    })
  return { core, log, arrive }
}

test('a request waits for an idle instance, and all instances serve one queue', () => {
  const { core, log, arrive } = coreWith([{}], { instances: [0, 0] })
  for (const nowUs of [0, 1, 2, 3]) arrive(nowUs)
  core.finish(10, 1)
  core.finish(11, 0)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '1: 1 in 1 at 0', '1: 2 in 1 at 0', '0: 3 in 1 at 0'])
})

test('a head start orders launches as if they were due earlier, and changes nothing else', () => {
  const launched = (headStartUs: number) => {
    const models = [
      { late: 'drop' as const },
      { targetUs: 150, late: 'drop' as const, headStartUs },
    ]
    const { core, log, arrive } = coreWith(models, { concurrency: 1 })
    for (const [nowUs, model] of [
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ])
      arrive(nowUs, model)
    core.finish(10, 0)
    // The other request of the first model can no longer be in time; that of the second still can.
    core.finish(100, headStartUs > 51 ? 1 : 0)
    return log
  }
  const fair = ['0: 0 in 1 at 0', '0: 1 in 1 at 0', '1: 2 in 1 at 0']
  assert.deepEqual(launched(0), fair)
  assert.deepEqual(launched(50), fair)
  assert.deepEqual(launched(52), ['0: 0 in 1 at 0', '1: 2 in 1 at 0', '1 late', '1: 3 in 1 at 0'])
})

test('a head start also counts for the level on the device', () => {
  const models = [{ targetUs: 100 }, { targetUs: 150, headStartUs: 60 }]
  const { log, arrive } = coreWith(models, { levels: 3 })
  arrive(0, 0)
  arrive(1, 1)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '1: 1 in 1 at 1'])
})

test('a model that missed its target goes earlier by the part it has used of what it may miss', () => {
  const firstAfter = (endUs: number, gapUs: number, quantile = 0.99, evenMisses = true): string => {
    const setup = { concurrency: 1, evenMisses }
    const { core, log, arrive } = coreWith([{ quantile }, { quantile }], setup)
    arrive(0, 1)
    core.finish(endUs, 1)
    arrive(200, 0)
    arrive(201, 0)
    arrive(201 + gapUs, 1)
    core.finish(230, 0)
    return log[2]
  }
  assert.equal(firstAfter(100, 1), '0: 2 in 1 at 0')
  assert.equal(firstAfter(101, 14), '1: 3 in 1 at 0')
  assert.equal(firstAfter(101, 16), '0: 2 in 1 at 0')
  assert.equal(firstAfter(101, 2, 0.95), '1: 3 in 1 at 0')
  assert.equal(firstAfter(101, 4, 0.95), '0: 2 in 1 at 0')
  assert.equal(firstAfter(101, 1, 0.99, false), '0: 2 in 1 at 0')
})

test('a request that is dropped late also counts as a missed target', () => {
  const firstAfter = (gapUs: number): string | undefined => {
    const drops = { late: 'drop' } as const
    const { core, log, arrive } = coreWith([drops, drops], { concurrency: 1 })
    arrive(0, 0)
    arrive(1, 1, { deadlineUs: 50 })
    core.wake(49)
    core.finish(60, 0)
    arrive(200, 0)
    arrive(201, 0)
    arrive(201 + gapUs, 1)
    core.finish(230, 0)
    assert.equal(log[1], '1 late')
    return log.at(-1)
  }
  assert.equal(firstAfter(14), '1: 4 in 1 at 0')
  assert.equal(firstAfter(16), '0: 3 in 1 at 0')
})

test('waiting requests are launched together, in the smallest batch size that holds them', () => {
  const estimateUs = (_instance: number, batch: number) => 20 + 5 * batch
  const { core, log, arrive } = coreWith([{ batches: [1, 4, 8] }], { estimateUs })
  for (let i = 0; i < 12; i++) arrive(0)
  core.finish(1, 0)
  core.finish(2, 0)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '0: 1+2+3+4+5+6+7+8 in 8 at 0', '0: 9+10+11 in 4 at 0'])
})

test('a batch is not started if smaller ones take less time per sample', () => {
  // Eight together take 40 µs and one alone 10 µs, so a batch pays off from five waiting requests on.
  const estimateUs = (_instance: number, batch: number) => (batch === 1 ? 10 : 40)
  const { core, log, arrive } = coreWith([{ batches: [1, 8] }], { estimateUs })
  for (let i = 0; i < 9; i++) arrive(0)
  core.finish(1, 0)
  for (let i = 0; i < 3; i++) arrive(2)
  core.finish(3, 0)
  core.finish(4, 0)
  arrive(5)
  arrive(5)
  core.finish(6, 0)
  const taken = ['0', '1+2+3+4+5+6+7+8 in 8', '9', '10', '11']
  assert.deepEqual(
    log,
    taken.map((tags) => `0: ${tags.includes('in') ? tags : `${tags} in 1`} at 0`),
  )
})

test('a batch grows only as far as the most urgent request allows', () => {
  const { core, log, arrive } = coreWith([{ batches: [1, 2, 8], targetUs: 30 }])
  arrive(0)
  for (let i = 0; i < 7; i++) arrive(1)
  // A launch of 8 would take until 85 µs. One of 2 ends at 25, before 31.
  core.finish(5, 0)
  assert.equal(log[1], '0: 1+2 in 2 at 0')
})

test('a batch does not grow at the cost of its most urgent request, however much time the others have', () => {
  const launched = (deadlineUs: number) => {
    const { core, log, arrive } = coreWith([{ batches: [1, 2] }])
    arrive(0)
    arrive(1, 0, { deadlineUs })
    arrive(2, 0, { deadlineUs: 900 })
    core.finish(15, 0)
    return log[1]
  }
  // A launch of both would end at 35 µs.
  assert.equal(launched(34), '0: 1 in 1 at 0')
  assert.equal(launched(35), '0: 1+2 in 2 at 0')
})

test('late requests that are still served are launched together, because only throughput can be gained', () => {
  const estimateUs = (_instance: number, batch: number) => 20 + batch
  const { core, log, arrive } = coreWith([{ batches: [1, 8], targetUs: 30 }], { estimateUs })
  for (let i = 0; i < 9; i++) arrive(0)
  core.finish(100, 0)
  assert.equal(log[1], '0: 1+2+3+4+5+6+7+8 in 8 at 0')
})

test('a request that can just be in time is not sacrificed for a larger batch', () => {
  const estimateUs = (_instance: number, batch: number) => (batch === 1 ? 10 : 16)
  const { core, log, arrive } = coreWith([{ batches: [1, 8], targetUs: 30 }], { estimateUs })
  for (let i = 0; i < 3; i++) arrive(0)
  core.finish(20, 0)
  core.finish(30, 0)
  assert.deepEqual(log.slice(1), ['0: 1 in 1 at 0', '0: 2 in 1 at 0'])
})

test('a launch waits for company until its delay is over, its batch is full or it must start', () => {
  const { core, log, arrive } = coreWith([{ batches: [1, 2, 4], maxDelayUs: 20 }])
  arrive(0)
  assert.equal(core.wakeAtUs, 20)
  core.wake(20)
  assert.deepEqual(log, ['0: 0 in 1 at 0'])
  core.finish(30, 0)
  for (const nowUs of [30, 31, 32, 33]) arrive(nowUs)
  assert.equal(log[1], '0: 1+2+3+4 in 4 at 0')
  core.finish(75, 0)
  // It is due at 95 and takes 10 µs, so it must start at 85, before its delay of 20 µs is over.
  arrive(80, 0, { deadlineUs: 95 })
  assert.equal(core.wakeAtUs, 85)
})

test('if late requests are dropped, a request is dropped as soon as it is certain to be late', () => {
  const { core, log, arrive } = coreWith([{ late: 'drop', targetUs: 30 }])
  arrive(0)
  arrive(1)
  // It takes 10 µs alone and 13 beside another launch, and is due by 31, so it is hopeless after 18.
  assert.equal(core.wakeAtUs, 19)
  core.wake(18)
  assert.deepEqual(log, ['0: 0 in 1 at 0'])
  core.wake(19)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '1 late'])
  const patient = coreWith([{ late: 'serve', targetUs: 30 }])
  patient.arrive(0)
  patient.arrive(1)
  patient.core.finish(50, 0)
  assert.deepEqual(patient.log, ['0: 0 in 1 at 0', '0: 1 in 1 at 0'])
})

test('a request is started as long as a little company would leave it in time, however many launches run', () => {
  const { log, arrive } = coreWith(
    [
      { late: 'drop', targetUs: 100 },
      { late: 'drop', targetUs: 15 },
    ],
    {
      estimateUs: (_instance, batch, running) => 10 * batch * running,
    },
  )
  arrive(0, 0)
  arrive(0, 1)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '1: 1 in 1 at 0'])
})

test('queues are bounded, and requests that are too large are refused', () => {
  const { log, arrive } = coreWith([{ batches: [2], mostWaiting: 3 }])
  for (let i = 0; i < 6; i++) arrive(0)
  arrive(0, 0, { samples: 3 })
  assert.deepEqual(log, ['0: 0 in 2 at 0', '4 full', '5 full', '6 too-large'])
})

test('if launches are limited, the higher class goes first, then the one that must start soonest', () => {
  const { core, log, arrive } = coreWith(
    [{ targetUs: 300 }, { targetUs: 100 }, { targetUs: 900, priorityClass: 2 }],
    { concurrency: 1 },
  )
  arrive(0, 0)
  arrive(1, 0)
  arrive(2, 1)
  arrive(3, 2)
  for (const [nowUs, instance] of [
    [10, 0],
    [20, 2],
    [30, 1],
  ])
    core.finish(nowUs, instance)
  assert.deepEqual(
    log.map((line) => line[0]),
    ['0', '2', '1', '0'],
  )
})

test('of models that are equally urgent, the first one goes first', () => {
  const { core, log, arrive } = coreWith([{}, {}, {}], { concurrency: 1 })
  for (const model of [0, 2, 1]) arrive(0, model)
  core.finish(10, 0)
  core.finish(20, 1)
  assert.deepEqual(
    log.map((line) => line[0]),
    ['0', '1', '2'],
  )
})

test('a launch takes a level above all running launches that are due later', () => {
  const { core, log, arrive } = coreWith([{ targetUs: 100 }], {
    instances: [0, 0, 0, 0],
    levels: 3,
  })
  for (const deadlineUs of [100, 50, 50, 20]) arrive(0, 0, { deadlineUs })
  core.finish(5, 0)
  core.finish(5, 1)
  core.finish(5, 2)
  core.finish(5, 3)
  arrive(6, 0, { deadlineUs: 10 })
  assert.deepEqual(
    log.map((line) => Number(line.at(-1))),
    [0, 1, 1, 2, 0],
  )
})

test('a launch is due as early as the first of its requests', () => {
  const { core, log, arrive } = coreWith([{ batches: [2] }, {}], { levels: 3 })
  arrive(0, 0)
  arrive(1, 0, { deadlineUs: 100 })
  arrive(2, 0, { deadlineUs: 1000 })
  core.finish(5, 0)
  arrive(6, 1, { deadlineUs: 500 })
  assert.deepEqual(log, ['0: 0 in 2 at 0', '0: 1+2 in 2 at 0', '1: 3 in 1 at 0'])
})

test('an instance out of service gets no launches, and serves again once it is offered', () => {
  const { core, log, arrive } = coreWith([{}], { instances: [0, 0] })
  core.withdraw(0)
  arrive(0)
  arrive(1)
  core.withdraw(1)
  core.finish(2, 1)
  assert.equal(core.waiting(0), 1)
  core.offer(3, 0)
  assert.deepEqual(log, ['1: 0 in 1 at 0', '0: 1 in 1 at 0'])
  core.offer(4, 1)
  arrive(5)
  assert.equal(log[2], '1: 2 in 1 at 0')
})

test('an instance that is offered while it still runs gets nothing until it has ended', () => {
  const { core, log, arrive } = coreWith([{}])
  arrive(0)
  core.withdraw(0)
  core.offer(1, 0)
  arrive(2)
  arrive(3)
  assert.equal(log.length, 1)
  core.finish(4, 0)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '0: 1 in 1 at 0'])
})

test('a cancelled request is forgotten, and waiting requests can be carried over', () => {
  const { core, log, arrive } = coreWith([{}])
  for (let i = 0; i < 4; i++) arrive(i)
  assert.equal(core.cancel(0, 2)?.tag, 2)
  assert.equal(core.cancel(0, 2), undefined)
  assert.deepEqual(
    core.takeWaiting(0).map(({ tag }) => tag),
    [1, 3],
  )
  core.finish(9, 0)
  assert.equal(log.length, 1)
})

const modelArbitrary = fc.record({
  batches: fc.constantFrom([1], [1, 4], [2, 8], [8]),
  targetUs: fc.integer({ min: 1, max: 200 }),
  maxDelayUs: fc.constantFrom(0, 5, 40),
  priorityClass: fc.integer({ min: 0, max: 2 }),
  late: fc.constantFrom('drop' as const, 'serve' as const),
  mostWaiting: fc.integer({ min: 1, max: 30 }),
})

test('whatever happens, a request is launched or dropped exactly once, and limits hold', () => {
  const event = fc.record({
    model: fc.nat(2),
    gapUs: fc.integer({ min: 0, max: 30 }),
    samples: fc.integer({ min: 1, max: 9 }),
    serviceUs: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(
      fc.array(modelArbitrary, { minLength: 3, maxLength: 3 }),
      fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(event, { minLength: 1, maxLength: 60 }),
      (models, instances, concurrency, events) => {
        const settled = new Map<number, string>()
        const busy = new Map<number, number>()
        let nowUs = 0
        let serviceUs = 1
        const once = (tag: number, how: string): void => {
          assert.ok(!settled.has(tag), `request ${tag}: ${settled.get(tag)}, then ${how}`)
          settled.set(tag, how)
        }
        const served = models.map((model, m) => ({ ...MODEL, ...model, name: `${m}` }))
        const core = new ServingCore(
          { models: served, instances, concurrency, levels: 4, estimateUs: (_, b, n) => b * n },
          {
            launch(instance, batch, level, requests) {
              const { batches } = served[instances[instance]]
              assert.ok(!busy.has(instance), 'an instance runs one launch at a time')
              assert.ok(busy.size < concurrency)
              assert.ok(level >= 0 && level < 4)
              const samples = requests.reduce((total, one) => total + one.samples, 0)
              assert.ok(requests.length > 0 && samples <= batch)
              assert.equal(
                batch,
                batches.find((size) => size >= samples),
              )
              busy.set(instance, nowUs + serviceUs)
              for (const { tag } of requests) once(tag, 'launched')
            },
            drop: ({ tag }, _model, reason) => once(tag, reason),
          },
        )
        const advance = (untilUs: number): void => {
          for (;;) {
            const [instance, endUs] = [...busy].reduce(
              (first, one) => (one[1] < first[1] ? one : first),
              [-1, Number.POSITIVE_INFINITY],
            )
            const nextUs = Math.min(endUs, core.wakeAtUs)
            if (nextUs > untilUs || nextUs === Number.POSITIVE_INFINITY) return
            nowUs = Math.max(nowUs, nextUs)
            if (endUs <= nextUs) {
              busy.delete(instance)
              core.finish(nowUs, instance)
            } else core.wake(nowUs)
          }
        }
        events.forEach(({ model, gapUs, samples, serviceUs: took }, tag) => {
          advance(nowUs + gapUs)
          nowUs += gapUs
          serviceUs = took
          const { targetUs, priorityClass } = served[model]
          const deadlineUs = nowUs + targetUs
          core.arrive(nowUs, model, { tag, samples, arrivalUs: nowUs, deadlineUs, priorityClass })
        })
        advance(Number.MAX_VALUE)
        const waiting = served.flatMap((_, m) => core.takeWaiting(m).map(({ tag }) => tag))
        // A model without an instance keeps what is not dropped; all other models have nothing left.
        for (const tag of waiting) {
          assert.ok(!instances.includes(events[tag].model))
          once(tag, 'left over')
        }
        assert.equal(settled.size, events.length)
      },
    ),
  )
})

test('a request that may be dropped is looked at again exactly when it can no longer be in time', () => {
  const { core, log, arrive } = coreWith([{ late: 'drop', targetUs: 100 }])
  arrive(0)
  arrive(1)
  // It must start by 88 to end by 101 beside the other launch.
  assert.equal(core.wakeAtUs, 89)
  core.wake(88)
  assert.deepEqual(log, ['0: 0 in 1 at 0'])
  core.wake(89)
  assert.equal(log.at(-1), '1 late')
  assert.equal(core.wakeAtUs, Number.POSITIVE_INFINITY)
})

test('a request is given up by what launches lately took, if that is less than was expected', () => {
  const { core, arrive } = coreWith([{ late: 'drop', targetUs: 100 }])
  arrive(40)
  core.finish(42, 0)
  arrive(100)
  arrive(101)
  // A launch of 2 us is over by 201 if it starts by 199; one of 13 us would have to start by 188.
  assert.equal(core.wakeAtUs, 200)
})

test('on an idle device a request may use the whole of its time', () => {
  const { core, log, arrive } = coreWith([{ late: 'drop', targetUs: 12 }])
  arrive(0)
  core.finish(1, 0)
  arrive(2)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '0: 1 in 1 at 0'])
})

test('withdrawing an idle instance does not affect the others', () => {
  const { core, log, arrive } = coreWith([{}], { instances: [0, 0, 0] })
  core.withdraw(2)
  for (let i = 0; i < 3; i++) arrive(0)
  assert.deepEqual(log, ['0: 0 in 1 at 0', '1: 1 in 1 at 0'])
  core.offer(1, 2)
  assert.equal(log.at(-1), '2: 2 in 1 at 0')
})

/** The decisions of a core of random models on random requests, woken when it asks to be, or every µs. */
function decisionsOf(
  seed: number,
  isWoken: (core: ServingCore, nowUs: number) => boolean,
): string[] {
  const random = createRandom(seed)
  const oneOf = <T>(values: readonly T[]): T => values[random.integer(values.length)]
  const models = Array.from({ length: 1 + random.integer(3) }, (_, m) => ({
    ...MODEL,
    name: `${m}`,
    batches: oneOf([[1], [1, 2], [1, 4], [2, 4]]),
    targetUs: 10 * (2 + random.integer(20)),
    maxDelayUs: oneOf([0, 0, 15, 40]),
    headStartUs: oneOf([0, 20]),
    priorityClass: random.integer(3),
    late: oneOf(['drop', 'drop', 'serve'] as const),
    mostWaiting: 4 + random.integer(20),
  }))
  const instances = models.flatMap((_, m) => Array<number>(1 + random.integer(2)).fill(m))
  const ends = new Map<number, number>()
  const decisions: string[] = []
  let nowUs = 0
  const setup: ServingSetup = {
    ...{ models, instances, concurrency: 1 + random.integer(instances.length), levels: 3 },
    // Whole numbers, even with the part that is added for company.
    estimateUs: (_instance, batch, running) => 10 * (1 + batch) * (1 + (running - 1) / 2),
  }
  const core = new ServingCore(setup, {
    launch: (instance, batch, level, requests) => {
      const tags = requests.map(({ tag }) => tag)
      decisions.push(`${nowUs}: ${instance} runs ${tags} in ${batch} at ${level}`)
      ends.set(instance, nowUs + 10 * (1 + batch) * (2 + (tags[0] % 2)))
    },
    drop: ({ tag }, _model, reason) => decisions.push(`${nowUs}: ${tag} ${reason}`),
  })
  let nextUs = 0
  for (let tag = 0; nowUs < 1500; nowUs++) {
    for (const [instance, endUs] of [...ends]) {
      if (endUs !== nowUs) continue
      ends.delete(instance)
      core.finish(nowUs, instance)
    }
    for (; nextUs === nowUs && tag < 60; nextUs += random.integer(12)) {
      const model = random.integer(models.length)
      const { batches, targetUs, priorityClass } = models[model]
      const samples = 1 + random.integer(batches[batches.length - 1])
      const deadlineUs = nowUs + oneOf([targetUs, targetUs, 10 * random.integer(30)])
      core.arrive(nowUs, model, {
        tag: tag++,
        samples,
        arrivalUs: nowUs,
        deadlineUs,
        priorityClass,
      })
    }
    if (isWoken(core, nowUs)) core.wake(nowUs)
  }
  return decisions
}

test('a core that is woken when it asks to be decides like one that looks all the time', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const asked = decisionsOf(seed, (core, nowUs) => core.wakeAtUs <= nowUs)
    assert.deepEqual(
      asked,
      decisionsOf(seed, () => true),
      `seed ${seed}`,
    )
  }
})

test('requests that cannot wait beside others are given up once something runs', () => {
  const { core, log, arrive } = coreWith([{ late: 'drop', targetUs: 100 }])
  for (let tag = 0; tag < 3; tag++) arrive(0)
  core.finish(20, 0)
  // Alone, the last one could start until 90, beside another until 87.
  assert.equal(core.wakeAtUs, 88)
  core.wake(88)
  assert.deepEqual(log.slice(2), ['2 late'])
})
