import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import { solveIlp } from './ilp.js'
import { assignments, close } from './small-tables.test.fixture.js'

test('the integer program finds what trying all assignments finds, and says which assignment it is', async () => {
  const random = createRandom(1)
  const [kernels, streams] = [4, 3]
  for (let budget = 0; budget <= 3; budget++) {
    for (let trial = 0; trial < 16; trial++) {
      const us = Float64Array.from({ length: kernels * streams }, () => 1 + 9 * random.uniform())
      const cus = new Float64Array(streams).fill(1)
      const best = Math.min(
        ...assignments({ kernels, streams, us, cus }, budget).map(({ timeUs }) => timeUs),
      )
      const { objective, bound, streams: path } = await solveIlp(us, streams, budget)
      close(objective, best)
      assert.ok(bound <= best * (1 + 1e-6) && bound >= best * (1 - 1e-6))
      close(
        path.reduce((sum, s, k) => sum + us[k * streams + s], 0),
        best,
      )
      assert.ok(path.filter((s, k) => k > 0 && s !== path[k - 1]).length <= budget)
    }
  }
})
