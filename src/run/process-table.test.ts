import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { said, until } from '../until.test.fixture.js'
import { familyOf, isAlive, processOf, untilEnded } from './process-table.js'

test('a process is identified by its number and its start time', async () => {
  const child = spawn('sh', ['-c', 'read -r line'])
  const id = processOf(child.pid!)!
  assert.ok(isAlive(id))
  assert.ok(!isAlive({ ...id, startTicks: id.startTicks + 1 }))
  const ended = once(child, 'exit')
  child.stdin.end()
  await ended
  assert.ok(!isAlive(id))
  assert.equal(processOf(child.pid!), undefined)
})

test('a process that has ended is none, though nobody has asked how', async () => {
  // The shell starts it and becomes another program, which never asks.
  const child = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'])
  try {
    const pid = Number(await said(child.stdout, /\n/))
    await until(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
    assert.equal(processOf(pid), undefined)
  } finally {
    child.kill('SIGKILL')
  }
})

test('a family is what a process started, and the members of its group after their parent has ended', async () => {
  const script = '(sh -c "echo $$; exec sleep 60" & ) ; sh -c "echo \\$\\$; exec sleep 60" & wait'
  const child = spawn('sh', ['-c', `${script.replace('$$', '\\$\\$')}`], { detached: true })
  try {
    const others = (await said(child.stdout, /\n.*\n/)).trim().split('\n').map(Number)
    assert.deepEqual(familyOf(child.pid!).sort(), [child.pid!, ...others].sort())
  } finally {
    process.kill(-child.pid!, 'SIGKILL')
  }
})

test('processes that are told to end are waited for until the last one has', async () => {
  const pids = ['0.1', '0.5'].map((seconds) => spawn('sleep', [seconds]).pid!)
  await untilEnded(pids)
  assert.deepEqual(pids.map(processOf), [undefined, undefined])
})
