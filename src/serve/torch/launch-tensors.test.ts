import assert from 'node:assert/strict'
import { readFileSync, readSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { after, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../../numbers.js'
import type { FilePart, Slot } from '../../torch/protocol.js'
import { SlotMemory } from '../../torch/slot-memory.js'
import type { InferRequest } from '../backend/backend.js'
import { Refusal } from '../refusal.js'
import { type RegionPart, SharedMemory } from '../tensors/shared-memory.js'
import { PlainBytes, type TensorBytes } from '../tensors/tensor-bytes.js'
import { LaunchTensors } from './launch-tensors.js'

const SHM = `eclip-launch-tensors-test-${process.pid}`
const KEYS = ['a', 'b'].map((name) => `${SHM}-${name}`)
const fileOf = (name: string): string => `/dev/shm/${name}`

/** The worker moves the rows of the first input and output, and never those of the second. */
const LEAST_MOVED_BYTES = 100

const ROW_BYTES = [80_000, 8]
const BATCH = 6

function place(offset: number, rowBytes: number) {
  return { dtype: 'uint8', shape: [BATCH, rowBytes], offset, bytes: BATCH * rowBytes }
}

const [LARGE, SMALL] = ROW_BYTES
const SLOT: Slot = {
  shm: SHM,
  bytes: 2 * BATCH * (LARGE + SMALL),
  inputs: [place(0, LARGE), place(BATCH * LARGE, SMALL)],
  outputs: [place(BATCH * (LARGE + SMALL), LARGE), place(BATCH * (2 * LARGE + SMALL), SMALL)],
}
const OUTPUTS = ROW_BYTES.map((size, i) => {
  return { name: `y${i}`, datatype: 'UINT8' as const, shape: [-1, size] }
})

writeFileSync(fileOf(SHM), Buffer.alloc(SLOT.bytes))
const slot = new SlotMemory(SLOT)
/** The slot as the worker sees it. */
const worker = new SlotMemory({ ...SLOT, inputs: SLOT.outputs, outputs: SLOT.inputs })
const regions = new SharedMemory()

beforeEach(() => {
  regions.unregisterAll()
  for (const key of KEYS) {
    writeFileSync(fileOf(key), Buffer.alloc(BATCH * LARGE + 1000))
    regions.register(key, key, 64, BATCH * LARGE + 900)
  }
})
after(() => {
  regions.unregisterAll()
  for (const key of [SHM, ...KEYS]) rmSync(fileOf(key), { force: true })
})

/** Does what the worker does for a model whose outputs are its inputs. @returns what was missed */
function run(files: readonly FilePart[]): number[] {
  const short: number[] = []
  for (const [index, { file, position, input, offset, bytes }] of files.entries()) {
    if (input === undefined) continue
    const memory = slot.input(input, bytes, offset)
    const count = readSync(file, memory, 0, bytes, position)
    memory.fill(0, count)
    if (count < bytes) short.push(index)
  }
  for (const index of ROW_BYTES.keys())
    worker.input(index, SLOT.outputs[index].bytes).set(worker.readOutput(index))
  for (const [index, { file, position, output, offset, bytes }] of files.entries()) {
    if (output === undefined) continue
    if (readSync(file, new Uint8Array(1), 0, 1, position + bytes - 1) === 0) short.push(index)
    else writeSync(file, slot.readOutput(output, bytes, offset), 0, bytes, position)
  }
  return short
}

function rowsOf(fill: number, rows: number, input: number): Uint8Array {
  return new Uint8Array(rows * ROW_BYTES[input]).fill(fill)
}

/** The bytes of a region, as a client leaves them there. */
function stored(part: RegionPart, bytes: Uint8Array): TensorBytes {
  part.write(bytes)
  return part
}

function request(rows: number, sources: TensorBytes[], rooms?: (RegionPart | undefined)[]) {
  const inputs = sources.map((bytes, i) => {
    return { name: `x${i}`, datatype: 'UINT8' as const, shape: [rows, ROW_BYTES[i]], bytes }
  })
  return { model: 'm', rows, inputs, ...(rooms && { rooms }) } satisfies InferRequest
}

test('each request has its own rows, whoever moves them', () => {
  const asked = fc.record({
    rows: fc.integer({ min: 1, max: 3 }),
    isStored: fc.tuple(fc.boolean(), fc.boolean()),
    rooms: fc.tuple(...ROW_BYTES.map(() => fc.constantFrom('none', 'exact', 'more', 'less'))),
  })
  const batch = fc
    .array(asked, { minLength: 1, maxLength: BATCH })
    .filter((all) => sum(all.map(({ rows }) => rows)) <= BATCH)
  fc.assert(
    fc.property(batch, fc.constantFrom(LEAST_MOVED_BYTES, Infinity), (all, leastMovedBytes) => {
      const isMoved = leastMovedBytes === LEAST_MOVED_BYTES
      const lease = regions.lease()
      const at = [0, 0]
      const taken = (region: number, bytes: number): RegionPart => {
        at[region] += bytes + 1
        return lease.hold(KEYS[region], at[region] - bytes - 1, bytes)
      }
      const requests = all.map(({ rows, isStored, rooms }, i) => {
        const sources = isStored.map((stays, input) => {
          const bytes = rowsOf(i + 1, rows, input)
          return stays ? stored(taken(0, bytes.byteLength), bytes) : new PlainBytes(bytes)
        })
        const held = rooms.map((room, output) => {
          if (room === 'none') return undefined
          const extra = { exact: 0, more: 1, less: -1 }[room]!
          return taken(1, rows * ROW_BYTES[output] + extra)
        })
        return request(rows, sources, held)
      })
      const tensors = new LaunchTensors(slot, OUTPUTS, requests, leastMovedBytes)
      const results = tensors.read(run(tensors.files))
      for (const [i, { rows, rooms }] of all.entries()) {
        const outputs = results[i]
        assert.ok(!(outputs instanceof Refusal))
        for (const [output, { data, placedBytes, shape }] of outputs.entries()) {
          const expected = Buffer.from(rowsOf(i + 1, rows, output))
          const isPlaced = output === 0 && isMoved && ['exact', 'more'].includes(rooms[0])
          assert.deepEqual(shape, [rows, ROW_BYTES[output]])
          assert.equal(placedBytes, isPlaced ? expected.byteLength : undefined)
          const found = isPlaced ? requests[i].rooms![output]!.contiguous() : data
          assert.ok(expected.equals(found.subarray(0, expected.byteLength)))
        }
      }
      const largeOnes = all.map(({ isStored, rooms }) => {
        return Number(isStored[0]) + Number(['exact', 'more'].includes(rooms[0]))
      })
      assert.equal(tensors.files.length, isMoved ? sum(largeOnes) : 0)
      lease.release()
    }),
    { numRuns: 100 },
  )
})

test('memory that a client has cut short fails only its own request', () => {
  const lease = regions.lease()
  const [whole, short] = KEYS
  const plain = (fill: number) => ROW_BYTES.map((_, i) => new PlainBytes(rowsOf(fill, 1, i)))
  const largeIn = lease.hold(short, 0, LARGE)
  const smallIn = lease.hold(short, 0, SMALL)
  const largeOut = lease.hold(short, 0, LARGE)
  const room = lease.hold(whole, 0, LARGE)
  truncateSync(fileOf(short), 64)
  const tensors = new LaunchTensors(
    slot,
    OUTPUTS,
    [
      request(1, plain(1)),
      request(1, [largeIn, plain(2)[1]]),
      request(1, [plain(3)[0], smallIn], [room]),
      request(1, plain(4), [largeOut]),
    ],
    LEAST_MOVED_BYTES,
  )
  // Rows that were not written may belong to another client, and must not be sent to this one.
  assert.deepEqual(
    tensors.files.map(({ input, output }) => [input, output]),
    [
      [0, undefined],
      [undefined, 0],
    ],
  )
  const [first, second, third, fourth] = tensors.read(run(tensors.files))
  const message = `region '${short}': its shared memory was cut short`
  for (const refused of [second, third]) {
    assert.ok(refused instanceof Refusal)
    assert.deepEqual([refused.reason, refused.message], ['invalid', message])
  }
  assert.ok(!(first instanceof Refusal) && !(fourth instanceof Refusal))
  assert.ok(Buffer.from(rowsOf(1, 1, 0)).equals(first[0].data))
  // Whoever delivers the output finds out that there is no room.
  assert.ok(Buffer.from(rowsOf(4, 1, 0)).equals(fourth[0].data))
  assert.throws(() => largeOut.write(fourth[0].data), { message })
  assert.equal(readFileSync(fileOf(short)).byteLength, 64)
  lease.release()
})
