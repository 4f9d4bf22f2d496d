import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { WorkError } from '../errors.js'
import { checkMpsShares, soundLimits } from './mps-shares.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-mps-shares-'))
const { PATH, ECLIP_PYTHON } = process.env
after(() => {
  process.env.PATH = PATH
  if (ECLIP_PYTHON === undefined) delete process.env.ECLIP_PYTHON
  else process.env.ECLIP_PYTHON = ECLIP_PYTHON
  rmSync(folder, { recursive: true })
})

function program(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

test('each share is checked in a process under it, and a share without an answer is not right', async () => {
  const log = join(folder, 'log')
  program('nvidia-cuda-mps-control', `echo "\${1:-quit}" >> ${log}`)
  // A GPU with 100 compute units, on which 40 compute wrong, and a process that dies at 20.
  process.env.ECLIP_PYTHON = program(
    'python',
    `[ "$2" = eclip_torch.soundness ] && [ -n "$CUDA_MPS_PIPE_DIRECTORY" ] || exit 9
p=$CUDA_MPS_ACTIVE_THREAD_PERCENTAGE
case $p in 20) exit 1;; 40) w='"products"';; esac
echo "{\\"wrong\\": [$w]}"`,
  )
  process.env.PATH = `${folder}:${PATH}`
  const checked = await checkMpsShares()
  assert.deepEqual(
    checked.map(({ percent }) => percent),
    [100, 80, 60, 50, 40, 33, 30, 25, 20],
  )
  assert.deepEqual(
    checked.filter(({ wrong }) => wrong.length > 0),
    [
      { percent: 40, wrong: ['products'] },
      { percent: 20, wrong: ['no answer'] },
    ],
  )
  // The daemon was started and told to quit.
  assert.equal(readFileSync(log, 'utf8'), '-d\nquit\n')
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
  await assert.rejects(checkMpsShares(), (error) => error instanceof WorkError)
})
