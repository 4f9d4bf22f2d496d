import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Profile } from '../../profile/profile.js'
import { branchesOf, laneCount, linkRows } from './branches.js'

const stretch = fc.record({
  before: fc.integer({ min: 1, max: 3 }),
  chains: fc.integer({ min: 1, max: 7 }),
  chain: fc.integer({ min: 1, max: 3 }),
  lanes: fc.integer({ min: 2, max: 4 }),
})

test('chains of a parallel stretch are dealt to its lanes in turn; lanes fork at its start and join at its end', () => {
  fc.assert(
    fc.property(
      fc.array(stretch, { maxLength: 3 }),
      fc.nat(2),
      fc.nat(5),
      (parts, after, firstRow) => {
        let end = 0
        const parallel = parts.map(({ before, chains, chain, lanes }) => {
          const first = end + before
          end = first + chains * chain
          return { first, count: chains * chain, chain, lanes }
        })
        const kernels = Array.from({ length: end + after })
        const profile = { kernels, parallel } as unknown as Profile
        const rows = {
          nextRow: new Int32Array(firstRow + kernels.length).fill(-7),
          joinRow: new Int32Array(firstRow + kernels.length).fill(-1),
        }
        linkRows(rows, profile, firstRow)
        const branches = branchesOf(profile, firstRow)
        assert.equal(laneCount(profile), Math.max(1, ...parallel.map(({ lanes }) => lanes)))
        for (let i = 0; i < kernels.length; i++) {
          const inside = parallel.find(({ first, count }) => i >= first && i < first + count)
          const row = firstRow + i
          if (inside === undefined) {
            assert.equal(rows.nextRow[row], i + 1 < kernels.length ? row + 1 : -1)
            assert.equal(rows.joinRow[row], -1)
            continue
          }
          const { first, count, chain, lanes } = inside
          const joins = first + count
          assert.equal(rows.joinRow[row], joins < kernels.length ? firstRow + joins : -1)
          const laneOf = (kernel: number): number => Math.floor((kernel - first) / chain) % lanes
          const next = Array.from({ length: count }, (_, k) => first + k).find(
            (kernel) => kernel > i && laneOf(kernel) === laneOf(i),
          )
          assert.equal(rows.nextRow[row], next === undefined ? -1 : firstRow + next)
          const heads = branches.get(firstRow + first)!
          const isHead = (i - first) % chain === 0 && (i - first) / chain < lanes
          assert.equal(heads.includes(row), isHead)
          assert.equal(heads.length, Math.min(lanes, count / chain))
        }
        assert.equal(branches.size, parallel.length)
      },
    ),
  )
})
