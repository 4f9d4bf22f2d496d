import assert from 'node:assert/strict'
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { WorkError } from '../errors.js'
import type { Slot, TensorPlace } from './protocol.js'
import { SlotMemory } from './slot-memory.js'

const NAME = `eclip-slot-memory-test-${process.pid}`
const FILE = `/dev/shm/${NAME}`
after(() => rmSync(FILE, { force: true }))

function place(offset: number, bytes: number): TensorPlace {
  return { dtype: 'uint8', shape: [bytes], offset, bytes }
}

const SLOT: Slot = {
  shm: NAME,
  bytes: 5000,
  inputs: [place(0, 4000), place(4032, 8)],
  outputs: [place(4096, 904)],
}

function opened(): SlotMemory {
  writeFileSync(FILE, Buffer.alloc(5000, 7))
  return new SlotMemory(SLOT)
}

test('inputs are written where others read them, and outputs are copies of what they wrote', () => {
  const memory = opened()
  const other = new SlotMemory({ ...SLOT, outputs: SLOT.inputs })
  memory.input(1, 2, 6).set([1, 2])
  assert.deepEqual([...other.readOutput(1)], [7, 7, 7, 7, 7, 7, 1, 2])
  const before = other.readOutput(1, 2, 6)
  memory.input(1, 2, 6).set([3, 4])
  assert.deepEqual([...before], [1, 2])
  assert.equal(memory.readOutput(0, 904, 900).byteLength, 4)
  assert.equal(other.readOutput(0, 4000, 3990).byteLength, 10, 'not into the next tensor')
  memory.input(1, 1).set([9])
  assert.deepEqual([...other.readOutput(1, 2)], [9, 7])
  memory.close()
  other.close()
})

test('more bytes than a tensor has are refused', () => {
  const memory = opened()
  assert.throws(() => memory.input(1, 9), WorkError)
  assert.throws(() => memory.input(1, 1, 8), WorkError)
  memory.close()
})

test('memory that is gone, cut short or closed is reported, and does not end the process', () => {
  const memory = opened()
  truncateSync(FILE, 100)
  assert.throws(() => memory.input(0, 1), /was cut short$/)
  assert.throws(() => memory.readOutput(0), /was cut short$/)
  truncateSync(FILE, 5000)
  assert.equal(memory.readOutput(0, 1)[0], 0)
  memory.close()
  assert.throws(() => memory.readOutput(0))
  const openFiles = (): number => readdirSync('/proc/self/fd').length
  const before = openFiles()
  assert.throws(() => new SlotMemory({ ...SLOT, bytes: 2 ** 52 }), /^WorkError: the PyTorch worker/)
  assert.equal(openFiles(), before)
  rmSync(FILE)
  assert.throws(() => new SlotMemory(SLOT), /is gone$/)
})
