import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { underControl, withPath } from './control.test.fixture.js'
import { startMps } from './daemon.js'

test('if there is no MPS, one clear line says so', () =>
  withPath('/nowhere', () => {
    assert.throws(() => startMps(), { name: 'WorkError', message: /^no MPS: [^\n]+$/ })
  }))

test('a control program that never returns counts as no MPS', () =>
  underControl('exec sleep 60', () => {
    const startedMs = performance.now()
    assert.throws(() => startMps(), { name: 'WorkError', message: /^no MPS: .*ETIMEDOUT$/ })
    assert.ok(performance.now() - startedMs < 30_000)
  }))

test("clients of a daemon that sees only some GPUs use the daemon's numbers for them", () =>
  underControl('exit 0', () => {
    const named = (CUDA_VISIBLE_DEVICES: string) => {
      const daemon = startMps({ CUDA_VISIBLE_DEVICES })
      daemon.stop()
      return daemon.environment.CUDA_VISIBLE_DEVICES
    }
    assert.equal(named('1'), '0')
    assert.equal(named('3,1'), '0,1')
    assert.equal(named('GPU-1,GPU-0'), 'GPU-1,GPU-0')
    assert.equal(named('MIG-GPU-1/1/0'), 'MIG-GPU-1/1/0')
    assert.equal(named(''), '')
  }))

const LOGGING = `echo "$CUDA_VISIBLE_DEVICES $CUDA_MPS_PIPE_DIRECTORY $*" >>"$here/log"
[ $# -gt 0 ] || cat >>"$here/log"`

test('an MPS daemon has pipes of its own on the given GPU, and is told to quit', () =>
  underControl(LOGGING, (here) => {
    const daemons = [startMps({ CUDA_VISIBLE_DEVICES: 'GPU-1' }), startMps()]
    const pipes = daemons.map(({ environment }) => environment.CUDA_MPS_PIPE_DIRECTORY)
    assert.notEqual(pipes[0], pipes[1])
    assert.equal(daemons[0].environment.CUDA_VISIBLE_DEVICES, 'GPU-1')
    assert.ok(pipes.every((one) => existsSync(one)))
    for (const daemon of daemons) daemon.stop()
    assert.ok(pipes.every((one) => !existsSync(one)))
    const visible = process.env.CUDA_VISIBLE_DEVICES ?? ''
    assert.deepEqual(readFileSync(join(here, 'log'), 'utf8').trim().split('\n'), [
      `GPU-1 ${pipes[0]} -d`,
      `${visible} ${pipes[1]} -d`,
      `GPU-1 ${pipes[0]} `,
      'quit -t 1',
      `${visible} ${pipes[1]} `,
      'quit -t 1',
    ])
  }))
