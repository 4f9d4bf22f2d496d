import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../numbers.js'
import type { Ending, Reply } from './client/client.js'
import { latencyHistogram, recordUs, Tally } from './tally.js'

const ENDINGS: readonly Ending[] = ['answered', 'refused', 'dropped', 'failed']
const reply = (ending: Ending, reason = ''): Reply => ({ ending, reason }) as Reply

test('the counts of the seconds add up to the total', () => {
  const event = fc.record({
    gapS: fc.integer({ min: 0, max: 24 }).map((steps) => steps / 8),
    ending: fc.constantFrom(undefined, ...ENDINGS),
    latencyUs: fc.integer({ min: 1, max: 900 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat(900), (events, targetUs) => {
      const tally = new Tally(targetUs)
      const bySecond = new Map<number, string[]>()
      const latencies: number[] = []
      let atS = 0
      let underWay = 0
      for (const { gapS, ending, latencyUs } of events) {
        atS += gapS
        const kind = underWay > 0 && ending ? ending : 'sent'
        if (kind === 'sent') tally.left(atS)
        else tally.ended(atS, reply(kind), latencyUs)
        underWay += kind === 'sent' ? 1 : -1
        if (kind === 'answered') latencies.push(latencyUs)
        const second = Math.floor(atS)
        bySecond.set(second, [...(bySecond.get(second) ?? []), kind])
        assert.equal(tally.underWay, underWay)
      }
      const before = { ...tally.endings }
      const last = Math.ceil(atS + 0.5) - 1
      bySecond.set(last, [...(bySecond.get(last) ?? []), ...Array(underWay).fill('failed')])
      tally.close(atS + 0.5, 'the end')
      assert.equal(tally.seconds.length, last + 1)
      tally.seconds.forEach((second, s) => {
        for (const kind of ['sent', ...ENDINGS] as const) {
          const happened = bySecond.get(s)?.filter((one) => one === kind) ?? []
          assert.equal(second[kind], happened.length, `${kind} in second ${s}`)
        }
        assert.equal(second.latencyMs !== undefined, second.answered > 0)
      })
      assert.equal(tally.inTime, latencies.filter((us) => us <= targetUs).length)
      assert.equal(tally.latency.totalCount, latencies.length)
      // All requests that were still open have failed, for the reason given.
      assert.deepEqual(tally.endings, { ...before, failed: before.failed + underWay })
      assert.equal(sum(Object.values(tally.endings)), tally.sent)
      assert.equal(tally.reasons.get('the end'), underWay > 0 ? underWay : undefined)
      assert.equal(tally.underWay, 0)
    }),
  )
})

test('each second has its own latencies', () => {
  const tally = new Tally(1e6)
  const millis = Array.from({ length: 100 }, (_, i) => i + 1)
  for (const [atS, factor] of [
    [0.5, 1],
    [1.5, 2],
  ])
    for (const ms of millis) {
      tally.left(atS)
      tally.ended(atS, reply('answered'), 1000 * factor * ms)
    }
  tally.close(2, 'the end')
  assert.deepEqual(
    tally.seconds.map(({ latencyMs }) => Object.values(latencyMs!).map(Math.round)),
    [
      [50, 95, 99],
      [100, 190, 198],
    ],
  )
})

test('twenty reasons are counted separately, and all others together', () => {
  const tally = new Tally(1)
  for (let i = 0; i < 30; i++) {
    tally.left(0)
    tally.ended(0, reply('failed', `request ${i % 25}`), 1)
  }
  assert.equal(tally.reasons.size, 21)
  assert.equal(tally.reasons.get('request 0'), 2)
  assert.equal(tally.reasons.get('request 19'), 1)
  assert.equal(tally.reasons.get('other reasons'), 5)
})

test('latencies are kept to three digits, from nothing to an hour', () => {
  const histogram = latencyHistogram()
  for (const us of [-1, 0.4, 12_345.6, 1e12]) recordUs(histogram, us)
  assert.equal(histogram.totalCount, 4)
  assert.equal(histogram.getValueAtPercentile(50), 0)
  assert.ok(Math.abs(histogram.getValueAtPercentile(75) / 12_346 - 1) < 0.001)
  assert.ok(Math.abs(histogram.getValueAtPercentile(100) / 3600e6 - 1) < 0.001)
})
