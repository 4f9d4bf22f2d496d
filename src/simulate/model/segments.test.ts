import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Profile } from '../../profile/profile.js'
import { branchesOf, linkRows } from './branches.js'
import type { Program } from './program.js'
import { segmentsOf } from './segments.js'

interface Asked {
  /** By kernel. */
  readonly partitions: readonly number[]
  /** Kernels with memset nodes before them in the default context. */
  readonly memsets?: readonly number[]
  readonly parallel?: NonNullable<Profile['parallel']>
}

function segmentsWith(workers: readonly Asked[]) {
  const rows = workers.flatMap(({ partitions }) => partitions)
  const starts = workers.map((_, w) =>
    workers.slice(0, w).reduce((total, { partitions }) => total + partitions.length, 0),
  )
  const links = {
    nextRow: new Int32Array(rows.length),
    joinRow: new Int32Array(rows.length).fill(-1),
  }
  const branches = workers.flatMap(({ partitions, parallel = [] }, w) => {
    const profile = { kernels: partitions, parallel } as unknown as Profile
    linkRows(links, profile, starts[w])
    return [...branchesOf(profile, starts[w])]
  })
  return segmentsOf({
    ...links,
    workers: workers.length,
    branches: new Map(branches),
    partition: Int32Array.from(rows),
    memsets: Int32Array.from(
      workers.flatMap(({ partitions, memsets = [] }) =>
        partitions.map((_, k) => (memsets.includes(k) ? 1 : 0)),
      ),
    ),
    firstRow: Int32Array.from(starts),
    rowCount: Int32Array.from(workers, ({ partitions }) => partitions.length),
  } as unknown as Program)
}

test('a chain is cut wherever its partition changes, and segments on the first partition are at home', () => {
  const chain = fc.array(fc.nat(2), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(chain, { minLength: 1, maxLength: 3 }), (chains) => {
      const segments = segmentsWith(chains.map((partitions) => ({ partitions })))
      const expected = chains.flatMap((partitions, worker) => {
        const cuts = partitions.flatMap((p, k) => (k === 0 || p !== partitions[k - 1] ? [k] : []))
        return cuts.map((from, i) => ({
          worker,
          rows: (cuts[i + 1] ?? partitions.length) - from,
          isHome: Number(partitions[from] === partitions[0]),
        }))
      })
      const found = Array.from({ length: segments.count }, (_, i) => ({
        worker: segments.worker[i],
        rows: segments.rows[i],
        isHome: segments.isHome[i],
      }))
      assert.deepEqual(found, expected)
      assert.deepEqual(
        [...segments.ofRow],
        expected.flatMap(({ rows }, i) => new Array<number>(rows).fill(i)),
      )
      const firsts = chains.map((_, w) => expected.findIndex(({ worker }) => worker === w))
      assert.deepEqual([...segments.first], [...firsts, expected.length])
      assert.ok(segments.ofMemsets.every((segment) => segment === -1))
    }),
  )
})

test('memset nodes in the default context have a segment of their own, and cut the chain', () => {
  const { ofRow, ofMemsets, rows, isHome } = segmentsWith([
    { partitions: [4, 4, 4], memsets: [0, 2] },
  ])
  assert.deepEqual([...ofMemsets], [0, -1, 2])
  assert.deepEqual([...ofRow], [1, 1, 3])
  assert.deepEqual([...rows], [0, 2, 0, 1])
  assert.deepEqual([...isHome], [0, 1, 0, 1])
})

test('branches are cut as chains are, and a kernel that joins segments starts another one', () => {
  // Kernel 0, then two branches of two kernels each, and one kernel after them.
  const parallel = [{ first: 1, count: 4, chain: 2, lanes: 2 }]
  const same = segmentsWith([{ partitions: [0, 0, 0, 0, 0, 0], parallel }])
  // The branches continue in the context of kernel 0, so only another partition cuts them.
  assert.deepEqual([...same.ofRow], [0, 0, 0, 0, 0, 0])
  const apart = segmentsWith([{ partitions: [0, 1, 1, 0, 2, 0], parallel }])
  assert.deepEqual([...apart.ofRow], [0, 1, 1, 0, 2, 3])
  assert.deepEqual([...apart.isHome], [1, 0, 0, 1])
})
