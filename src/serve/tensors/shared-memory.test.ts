import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { afterEach, test } from 'node:test'
import { Refusal } from '../refusal.js'
import { SharedMemory } from './shared-memory.js'

const KEY = `eclip-test-${process.pid}`
const FILE = `/dev/shm/${KEY}`

afterEach(() => rmSync(FILE, { force: true }))

function reason(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
  return 'none'
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

test('a region is a part of the memory behind its key', () => {
  writeFileSync(FILE, Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]))
  const memory = new SharedMemory()
  memory.register('r', `/${KEY}`, 2, 4)
  assert.deepEqual(memory.status('r'), memory.status(''))
  const lease = memory.lease()
  const part = lease.hold('r', 1, 3)
  assert.deepEqual([...part.contiguous()], [3, 4, 5])
  part.write(Uint8Array.of(9, 9))
  assert.deepEqual([...readFileSync(FILE)], [0, 1, 2, 9, 9, 5, 6, 7])
  assert.equal(
    reason(() => part.write(new Uint8Array(4))),
    'invalid',
  )
  assert.equal(
    reason(() => lease.hold('r', 1, 4)),
    'invalid',
  )
  assert.equal(
    reason(() => lease.hold('other', 0, 1)),
    'not-found',
  )
  lease.release()
  memory.unregisterAll()
})

test('anything other than shared memory cannot be registered', () => {
  writeFileSync(FILE, Buffer.alloc(8))
  const memory = new SharedMemory()
  const keys = ['', '/', '..', '../etc/hostname', '/../etc/hostname', `${KEY}/x`, 'none', 'a\0b']
  for (const key of keys) {
    assert.equal(
      reason(() => memory.register('r', key, 0, 1)),
      'invalid',
      key,
    )
  }
  assert.equal(
    reason(() => memory.register('r', KEY, 4, 5)),
    'invalid',
  )
  rmSync(FILE)
  symlinkSync('/etc/hostname', FILE)
  assert.equal(
    reason(() => memory.register('r', KEY, 0, 1)),
    'invalid',
  )
  assert.deepEqual(memory.status(''), [])
})

test('memory that workers use for requests cannot be registered, and seems not to exist', () => {
  const own = `eclip-${process.pid}-1`
  writeFileSync(`/dev/shm/${own}`, Buffer.alloc(8))
  try {
    const message = `region 'r': there is no shared memory with the key '/${own}'`
    assert.throws(() => new SharedMemory().register('r', `/${own}`, 0, 8), { message })
  } finally {
    rmSync(`/dev/shm/${own}`)
  }
})

test('a region stays open while a request uses it, and no longer', () => {
  writeFileSync(FILE, Buffer.from([7]))
  const before = openFiles()
  const memory = new SharedMemory()
  memory.register('r', KEY, 0, 1)
  assert.equal(
    reason(() => memory.register('r', KEY, 0, 1)),
    'already-exists',
  )
  const lease = memory.lease()
  const part = lease.hold('r', 0, 1)
  memory.unregister('r')
  memory.unregister('r')
  assert.equal(
    reason(() => memory.lease().hold('r', 0, 1)),
    'not-found',
  )
  assert.deepEqual([...part.contiguous()], [7])
  assert.equal(openFiles(), before + 1)
  lease.release()
  assert.equal(openFiles(), before)
})

test('memory that its owner cuts short is refused, and does not grow again', () => {
  writeFileSync(FILE, Buffer.alloc(8))
  const memory = new SharedMemory()
  memory.register('r', KEY, 0, 8)
  const part = memory.lease().hold('r', 0, 8)
  truncateSync(FILE, 4)
  assert.equal(
    reason(() => part.contiguous()),
    'invalid',
  )
  assert.equal(
    reason(() => part.write(new Uint8Array(8))),
    'invalid',
  )
  assert.equal(readFileSync(FILE).byteLength, 4)
})

test('a region of any size goes to a model, unless it has been cut short', () => {
  const bytes = Buffer.alloc(600_000, 'what is in the region')
  writeFileSync(FILE, bytes)
  const memory = new SharedMemory()
  memory.register('r', KEY, 0, bytes.byteLength)
  const lease = memory.lease()
  for (const [offset, size] of [
    [0, bytes.byteLength],
    [7, 256 * 1024],
    [5, 0],
  ]) {
    const copied = Buffer.alloc(size + 1, 'x')
    lease.hold('r', offset, size).copyTo(copied)
    assert.ok(
      copied.equals(Buffer.concat([bytes.subarray(offset, offset + size), Buffer.from('x')])),
    )
  }
  truncateSync(FILE, 1000)
  assert.equal(
    reason(() => lease.hold('r', 0, bytes.byteLength).copyTo(Buffer.alloc(bytes.byteLength))),
    'invalid',
  )
  lease.release()
  memory.unregisterAll()
})

test('an output that does not fit into the remaining memory is refused, not cut short', () => {
  writeFileSync(FILE, '')
  truncateSync(FILE, 65_536)
  const write = `
    const { SharedMemory } = await import(${JSON.stringify(new URL('./shared-memory.js', import.meta.url))})
    const memory = new SharedMemory()
    memory.register('r', '${KEY}', 0, 65536)
    try {
      memory.lease().hold('r', 0, 65536).write(new Uint8Array(65536))
    } catch ({ reason, message }) {
      console.log(reason + ': ' + message)
    }`
  // A file that may not grow beyond some KB takes a part of the bytes, as memory does when it is full.
  const limited = `ulimit -f 8; exec '${process.execPath}' --input-type=module -e "$0"`
  const { stdout } = spawnSync('sh', ['-c', limited, write], { encoding: 'utf8' })
  assert.equal(stdout, "invalid: region 'r': /dev/shm has no room left\n")
})
