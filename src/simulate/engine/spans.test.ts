import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { KernelSpan } from '../result.js'
import type { Placement } from './placement.js'
import { SpanRecorder } from './spans.js'

const placed = (cells: readonly number[], counts: readonly number[]): Placement => ({
  from: 0,
  size: cells.length,
  blocks: 0,
  cell: Int16Array.from(cells),
  count: Int16Array.from(counts),
})

test('a kernel is reported with the granules that it used, as many of a cell as it had blocks there', () => {
  const spans: KernelSpan[] = []
  // Granules 0, 2 and 3 are one cell, 1 and 4 another; the second worker has two lanes.
  const program = {
    cells: { cellOfGranule: Int16Array.of(0, 1, 0, 0, 1) },
    lanes: 3,
    workerOfLane: Int32Array.of(0, 1, 1),
    firstRow: Int32Array.of(0, 10),
  } as unknown as Program
  const machine = {
    row: Int32Array.of(4, 12, 15),
    startUs: Float64Array.of(1, 2, 3),
  } as unknown as Machine
  const recorder = new SpanRecorder(machine, program, (span) => spans.push(span))
  recorder.place(1, placed([0], [2]))
  recorder.place(2, placed([0, 1], [1, 9]))
  recorder.place(1, placed([1], [1]))
  recorder.end(1, 7, 50)
  recorder.end(2, 8, 60)
  recorder.place(1, placed([0], [0]))
  recorder.end(1, 9, 70)
  recorder.end(0, 0, 80)
  assert.deepEqual(spans, [
    { worker: 1, request: 7, kernel: 2, startUs: 2, endUs: 50, granules: [0, 1, 2] },
    { worker: 1, request: 8, kernel: 5, startUs: 3, endUs: 60, granules: [0, 1, 4] },
    { worker: 1, request: 9, kernel: 2, startUs: 2, endUs: 70, granules: [] },
    { worker: 0, request: 0, kernel: 4, startUs: 1, endUs: 80, granules: [] },
  ])
})
