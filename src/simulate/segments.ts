import type { Program } from './program.js'

/**
 * Stretches of kernels on one partition, for partitions other than the one a request starts on. Each
 * waits in a hardware queue of its own from the launch of the request until it has run; kernels on the
 * first partition run in the queue of the worker's stream.
 */
export interface Segments {
  readonly count: number
  /** First segment of each worker, and one past the last worker's. */
  readonly first: Int32Array
  readonly worker: Int32Array
  /** Segment of each row; -1 on the partition the request starts on. */
  readonly ofRow: Int32Array
  /** Segment of the memset nodes just before each row where they stay in the default context; else -1. */
  readonly ofMemsets: Int32Array
  /** Rows of each segment. */
  readonly rows: Int32Array
}

/** Cuts each worker's request where a kernel runs on another partition than all that it waits for. */
export function segmentsOf(program: Program): Segments {
  const rowCount = program.partition.length
  const first = new Int32Array(program.workers + 1)
  const ofRow = new Int32Array(rowCount).fill(-1)
  const ofMemsets = new Int32Array(rowCount).fill(-1)
  const rows: number[] = []
  const owner: number[] = []
  const before = predecessors(program)
  for (let worker = 0; worker < program.workers; worker++) {
    first[worker] = rows.length
    const begin = (): number => {
      owner.push(worker)
      return rows.push(0) - 1
    }
    const start = program.firstRow[worker]
    const home = program.partition[start]
    for (let row = start; row < start + program.rowCount[worker]; row++) {
      if (program.memsets[row] > 0) ofMemsets[row] = begin()
      const partition = program.partition[row]
      if (partition === home) continue
      const previous = before[row].find((other) => program.partition[other] === partition)
      const goesOn = previous !== undefined && ofMemsets[row] < 0
      ofRow[row] = goesOn ? ofRow[previous] : begin()
      rows[ofRow[row]]++
    }
  }
  first[program.workers] = rows.length
  return {
    count: rows.length,
    first,
    worker: Int32Array.from(owner),
    ofRow,
    ofMemsets,
    rows: Int32Array.from(rows),
  }
}

/** The rows that each row directly waits for. */
function predecessors({ nextRow, joinRow, branches }: Program): number[][] {
  const before: number[][] = Array.from(nextRow, () => [])
  nextRow.forEach((next, row) => {
    if (next < 0) {
      if (joinRow[row] >= 0) before[joinRow[row]].push(row)
      return
    }
    for (const follower of branches.get(next) ?? [next]) before[follower].push(row)
  })
  return before
}
