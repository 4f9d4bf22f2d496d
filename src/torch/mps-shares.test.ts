import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { fakeMps } from '../run/fake-mps.test.fixture.js'
import { fakePythonOfForks } from './fake-python.test.fixture.js'
import { checkMpsShares, soundLimits } from './mps-shares.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-mps-shares-'))
const mps = fakeMps()
const { PATH, ECLIP_PYTHON } = process.env
after(() => {
  process.env.PATH = PATH
  if (ECLIP_PYTHON === undefined) delete process.env.ECLIP_PYTHON
  else process.env.ECLIP_PYTHON = ECLIP_PYTHON
  delete process.env.ECLIP_FAKE_WRONG_SHARES
  mps.remove()
  rmSync(folder, { recursive: true })
})

test('each share is checked by a forked worker under it, and one that does not come up there is wrong', async () => {
  process.env.ECLIP_PYTHON = fakePythonOfForks(folder)
  process.env.ECLIP_FAKE_WRONG_SHARES = '40,20'
  process.env.PATH = mps.env.PATH
  const checked = await checkMpsShares()
  assert.deepEqual(
    checked.map(({ percent }) => percent),
    [100, 80, 60, 50, 40, 33, 30, 25, 20],
  )
  const wrong = ['the PyTorch worker ended with code 1']
  assert.deepEqual(
    checked.filter((one) => one.wrong.length > 0),
    [
      { percent: 40, wrong },
      { percent: 20, wrong },
    ],
  )
  assert.equal(mps.told(), 'start quit')
})

test('a sound share counts by the limit that a plan asks for, not by the even number that MPS gives', () => {
  const shares = [
    { percent: 80, wrong: [] },
    { percent: 60, wrong: [] },
    { percent: 40, wrong: ['products'] },
  ]
  assert.deepEqual(soundLimits(h200, shares), [105, 79])
  assert.equal(soundLimits(h200, shares.slice(0, 2)), undefined)
  assert.deepEqual(soundLimits(h200, shares.slice(2)), [])
})

test('without MPS nothing can be checked, and a line says so', async () => {
  process.env.PATH = join(folder, 'nowhere')
  await assert.rejects(checkMpsShares(), { name: 'WorkError', message: /MPS/ })
})
