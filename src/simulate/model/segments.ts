import type { Program } from './program.js'

/**
 * Segments: stretches of kernels on one partition. Each segment is in a hardware queue from the
 * launch of the request until the segment has run. Segments on the partition where the request
 * starts share one queue; every other segment, and every segment of a parallel branch, has its own.
 */
export interface Segments {
  readonly count: number
  /** First segment of each worker, and one past the last worker's. */
  readonly first: Int32Array
  readonly worker: Int32Array
  /** Whether a segment is on the partition where the request starts, and so shares that queue. */
  readonly isHome: Uint8Array
  readonly ofRow: Int32Array
  /** Segment of the memset nodes just before each row, if they stay in the default context; else -1. */
  readonly ofMemsets: Int32Array
  /** Rows of each segment. */
  readonly rows: Int32Array
}

/**
 * Cuts each worker's request wherever a kernel runs on a different partition than the kernel it
 * waits for, or waits for several segments. A segment then waits only for earlier ones, so queues
 * cannot deadlock.
 */
export function segmentsOf(program: Program): Segments {
  const rowCount = program.partition.length
  const first = new Int32Array(program.workers + 1)
  const ofRow = new Int32Array(rowCount)
  const ofMemsets = new Int32Array(rowCount).fill(-1)
  const rows: number[] = []
  const owner: number[] = []
  const home: boolean[] = []
  const before = predecessors(program)
  for (let worker = 0; worker < program.workers; worker++) {
    first[worker] = rows.length
    const begin = (isHome: boolean): number => {
      owner.push(worker)
      home.push(isHome)
      return rows.push(0) - 1
    }
    const start = program.firstRow[worker]
    for (let row = start; row < start + program.rowCount[worker]; row++) {
      if (program.memsets[row] > 0) ofMemsets[row] = begin(false)
      const partition = program.partition[row]
      const isHome = partition === program.partition[start] && program.joinRow[row] < 0
      const [previous = start, ...others] = before[row]
      const goesOn =
        row > start &&
        ofMemsets[row] < 0 &&
        program.partition[previous] === partition &&
        others.every((other) => ofRow[other] === ofRow[previous])
      ofRow[row] = goesOn ? ofRow[previous] : begin(isHome)
      rows[ofRow[row]]++
    }
  }
  first[program.workers] = rows.length
  return {
    count: rows.length,
    first,
    worker: Int32Array.from(owner),
    isHome: Uint8Array.from(home, Number),
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
