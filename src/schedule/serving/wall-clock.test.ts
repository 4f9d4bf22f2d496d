import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServedModel } from './setup.js'
import { ServingClock } from './wall-clock.js'

const MODEL: ServedModel = {
  name: 'm',
  batches: [1, 4],
  targetUs: 1000,
  maxDelayUs: 0,
  headStartUs: 0,
  quantile: 0.99,
  priorityClass: 1,
  late: 'drop',
  mostWaiting: 8,
}

/** A clock that the test turns by hand, and launches that it ends by hand. */
function byHand(model: Partial<ServedModel> = {}) {
  let nowUs = 0
  const alarms = new Map<() => void, number>()
  const setAlarm = (timeUs: number, callback: () => void) => {
    alarms.set(callback, timeUs)
    return () => alarms.delete(callback)
  }
  /** The times of alarms that had to go off on time. */
  const onTime = new Set<number>()
  const launches: { payloads: readonly string[]; end: (error?: Error) => void }[] = []
  const clock = new ServingClock<string>({
    setup: {
      models: [{ ...MODEL, ...model }],
      instances: [0],
      concurrency: 1,
      levels: 1,
      estimateUs: (_instance, batch) => 90 + 10 * batch,
    },
    nowUs: () => nowUs,
    callAt: (timeUs, callback) => {
      onTime.add(timeUs)
      return setAlarm(timeUs, callback)
    },
    callSoonAfter: setAlarm,
    run: (_instance, _batch, _level, payloads) =>
      new Promise((resolve, reject) => {
        launches.push({ payloads, end: (error) => (error ? reject(error) : resolve()) })
      }),
  })
  const turnTo = (timeUs: number): void => {
    nowUs = timeUs
    for (const [callback, dueUs] of [...alarms]) {
      if (dueUs > timeUs || !alarms.delete(callback)) continue
      callback()
    }
  }
  return { clock, launches, turnTo, alarms, onTime }
}

test('requests are answered with the launch that they were part of', async () => {
  const { clock, launches, turnTo } = byHand()
  const first = clock.submit(0, 'a', { samples: 1 }).outcome
  const others = ['b', 'c'].map((payload) => clock.submit(0, payload, { samples: 1 }).outcome)
  turnTo(90)
  launches[0].end()
  assert.deepEqual(await first, { kind: 'answered', startUs: 0, endUs: 90, together: 1 })
  assert.deepEqual(launches[1].payloads, ['b', 'c'])
  turnTo(300)
  launches[1].end()
  const answered = { kind: 'answered', startUs: 90, endUs: 300, together: 2 }
  assert.deepEqual(await Promise.all(others), [answered, answered])
  assert.equal(clock.pending, 0)
})

test('a launch that fails only fails its own requests, and the instance goes on', async () => {
  const { clock, launches, turnTo } = byHand()
  const failing = clock.submit(0, 'a', { samples: 4 }).outcome
  const next = clock.submit(0, 'b', { samples: 1 }).outcome
  const error = new Error('out of memory')
  turnTo(50)
  launches[0].end(error)
  assert.deepEqual(await failing, { kind: 'failed', error })
  launches[1].end()
  assert.equal((await next).kind, 'answered')
})

test('a late request is dropped when its time has come, even if nothing else happens', async () => {
  const { clock, turnTo } = byHand()
  clock.submit(0, 'a', { samples: 1 })
  const late = clock.submit(0, 'b', { samples: 1 }).outcome
  turnTo(902)
  assert.deepEqual(await late, { kind: 'dropped', reason: 'late' })
})

test('a launch that fails at once does not make others look quick', async () => {
  const { clock, launches, turnTo } = byHand()
  const failing = clock.submit(0, 'a', { samples: 1 }).outcome
  launches[0].end(new Error('lost'))
  await failing
  clock.submit(0, 'b', { samples: 1 })
  const late = clock.submit(0, 'c', { samples: 1 }).outcome
  turnTo(902)
  assert.deepEqual(await late, { kind: 'dropped', reason: 'late' })
})

test('there is one alarm of each kind, however many requests wait, and the last ones find nothing to do', async () => {
  const { clock, launches, turnTo, alarms } = byHand({ maxDelayUs: 50 })
  const full = [1, 2, 3, 4].map((n) => clock.submit(0, `${n}`, { samples: 1 }).outcome)
  // At 50 us the launch waits no longer, and after 900 us the first request is too late.
  assert.deepEqual(
    [...alarms.values()].sort((a, b) => a - b),
    [50, 901],
  )
  launches[0].end()
  await Promise.all(full)
  turnTo(2000)
  assert.equal(alarms.size, 0)
  assert.equal(launches.length, 1)
})

test('what waits for company starts on time, while drops may be a little later', () => {
  const { clock, launches, turnTo, alarms, onTime } = byHand({ maxDelayUs: 50 })
  clock.submit(0, 'a', { samples: 1 })
  assert.deepEqual([...onTime], [50])
  turnTo(50)
  assert.equal(launches.length, 1)
  clock.submit(0, 'b', { samples: 1 })
  assert.deepEqual([...alarms.values()], [901])
  assert.deepEqual([...onTime], [50])
})

test('what waits for company starts on time, even if a drop that may be later comes before', async () => {
  const { clock, launches, turnTo, onTime } = byHand({ maxDelayUs: 50 })
  const running = clock.submit(0, 'a', { samples: 4 }).outcome
  const waiting = clock.submit(0, 'b', { samples: 4, deadlineUs: 300 }).outcome
  turnTo(110)
  launches[0].end()
  await running
  turnTo(115)
  launches[1].end()
  await waiting
  clock.submit(0, 'c', { samples: 1 })
  assert.deepEqual([...onTime], [165])
})

test('a request can be withdrawn as long as it waits', async () => {
  const { clock, launches } = byHand()
  const [running, waiting, others] = ['a', 'b', 'c'].map((name) =>
    clock.submit(0, name, { samples: 1 }),
  )
  running.withdraw()
  waiting.withdraw()
  assert.deepEqual(await waiting.outcome, { kind: 'withdrawn' })
  assert.equal(clock.pending, 2)
  clock.withdrawAll(0)
  assert.deepEqual(await others.outcome, { kind: 'withdrawn' })
  launches[0].end()
  assert.equal((await running.outcome).kind, 'answered')
  assert.equal(launches.length, 1)
})

test('an earlier alarm replaces a later one, and the next is set when it has gone off', async () => {
  const { clock, turnTo, alarms } = byHand()
  clock.submit(0, 'running', { samples: 1 })
  const patient = clock.submit(0, 'patient', { samples: 1, deadlineUs: 5000 }).outcome
  const urgent = clock.submit(0, 'urgent', { samples: 1, deadlineUs: 300 }).outcome
  // Both take 100 us alone, and 130 beside each other.
  assert.deepEqual([...alarms.values()], [171])
  turnTo(171)
  assert.deepEqual(await urgent, { kind: 'dropped', reason: 'late' })
  assert.deepEqual([...alarms.values()], [4871])
  turnTo(4871)
  assert.deepEqual(await patient, { kind: 'dropped', reason: 'late' })
})

test('an instance that is offered again serves waiting requests', () => {
  const { clock, launches } = byHand({ maxDelayUs: 50 })
  clock.core.withdraw(0)
  for (const name of ['1', '2', '3', '4', '5']) clock.submit(0, name, { samples: 1 })
  assert.equal(launches.length, 0)
  clock.offer(0)
  assert.deepEqual(launches[0].payloads, ['1', '2', '3', '4'])
})

test('when an instance is offered again, an alarm is set for requests that still wait for company', () => {
  const { clock, launches, turnTo, alarms } = byHand({ maxDelayUs: 50, late: 'serve' })
  clock.core.withdraw(0)
  clock.submit(0, 'a', { samples: 1 })
  assert.deepEqual([...alarms.values()], [])
  clock.offer(0)
  assert.deepEqual([...alarms.values()], [50])
  turnTo(50)
  assert.deepEqual(launches[0].payloads, ['a'])
})

test('anything that a request does not say about itself comes from its model', async () => {
  const { clock, launches, turnTo } = byHand({ batches: [1], priorityClass: 1, late: 'serve' })
  clock.submit(0, 'running', { samples: 1 })
  turnTo(10)
  const submissions = {
    plain: {},
    low: { priorityClass: 0, deadlineUs: 20 },
    high: { priorityClass: 2, deadlineUs: 5000 },
    'due in 900': { deadlineUs: 910 },
    'came before': { arrivalUs: -10 },
  }
  for (const [name, own] of Object.entries(submissions)) {
    clock.submit(0, name, { samples: 1, ...own })
  }
  for (let ended = 0; ended < 6; ended++) {
    assert.equal(launches.length, ended + 1)
    launches[ended].end()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const order = launches.map(({ payloads: [name] }) => name)
  assert.deepEqual(order, ['running', 'high', 'due in 900', 'came before', 'plain', 'low'])
})
