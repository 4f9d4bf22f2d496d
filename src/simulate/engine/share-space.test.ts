import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import { totalCus, wholeDevice } from '../../device/device.js'
import { loadShippedProfile, shippedProfiles } from '../../io/library.js'
import { sum } from '../../numbers.js'
import { buildPlan, PoolBuilder } from '../../plan/build.js'
import { requestUs } from '../../profile/duration.js'
import { closedLoopWorker, type Scenario } from '../../workload/scenario.js'
import { CU_PARTS, RESOURCES } from '../model/kernel-cost.js'
import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import { runsOn } from '../random-mix.test.fixture.js'
import { simulate } from '../simulate.js'
import { choices, drive, singles } from './hand-driven.test.fixture.js'
import { ShareSpace } from './share-space.js'

const onSingles = runsOn(fc.constant({ device: singles, mechanism: 'mps' as const }))
const onGranules = runsOn(fc.constant({ device: h200, mechanism: 'mps' as const }))

const shares = (machine: Machine, program: Program): ShareSpace => new ShareSpace(machine, program)

test('a worker never has more busy compute units than its share', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, shares, numbers, ({ program, room, unitsOf }) => {
        for (let worker = 0; worker < program.workers; worker++) {
          const units = unitsOf(worker).size
          assert.ok(units <= program.share[worker], `${units} of ${program.share[worker]}`)
          assert.equal(room.busy[worker], units)
        }
      })
    }),
    { numRuns: 60 },
  )
})

test('blocks wait only if their worker or the device is full', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, shares, numbers, ({ program, machine, unitsOf, fits }) => {
        const pending = [...machine.undispatched.keys()].filter((l) => machine.undispatched[l] > 0)
        const priority = (lane: number): number => program.priority[machine.row[lane]]
        const top = Math.max(...pending.map(priority))
        const first = pending.filter((lane) => priority(lane) === top)
        // Of several kernels in front, any may be ahead of the others, but not all can be kept from room.
        const couldRun = first.filter((lane) => {
          const worker = program.workerOfLane[lane]
          const units = unitsOf(worker)
          const isFull = units.size >= program.share[worker]
          const open = isFull ? [...units] : [...machine.cus.keys()]
          return open.some((cell) => fits(machine.row[lane], cell))
        })
        assert.ok(first.length === 0 || couldRun.length < first.length)
      })
    }),
    { numRuns: 60 },
  )
})

test('no kernel overtakes one of higher priority that could use any compute unit', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, shares, numbers, ({ program, machine, unitsOf, placed }, before) => {
        const priority = (row: number): number => program.priority[row]
        const waiting = [...machine.undispatched.keys()].filter((lane) => {
          const worker = program.workerOfLane[lane]
          return machine.undispatched[lane] > 0 && unitsOf(worker).size < program.share[worker]
        })
        const highest = Math.max(-1, ...waiting.map((lane) => priority(machine.row[lane])))
        for (const { row } of placed.filter((one) => !before.includes(one))) {
          assert.ok(priority(row) >= highest)
        }
      })
    }),
    { numRuns: 60 },
  )
})

test('a kernel whose worker is at its limit keeps lower priorities off the units of that worker', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, shares, numbers, ({ program, machine, unitsOf, placed }, before) => {
        const waiting = [...machine.undispatched.keys()].filter((l) => machine.undispatched[l] > 0)
        for (const { row, cell, count } of placed.filter((one) => !before.includes(one))) {
          const used = [...cell].filter((_, i) => count[i] > 0)
          for (const lane of waiting) {
            if (program.priority[machine.row[lane]] <= program.priority[row]) continue
            const units = unitsOf(program.workerOfLane[lane])
            assert.ok(!used.some((unit) => units.has(unit)))
          }
        }
      })
    }),
    { numRuns: 60 },
  )
})

test('the blocks of a worker on whole granules fit on its share of compute units', () => {
  fc.assert(
    fc.property(onGranules, choices, (run, numbers) => {
      drive(run, shares, numbers, ({ program, machine, room, placed }) => {
        for (let worker = 0; worker < program.workers; worker++) {
          const parts = new Float64Array(machine.cells * RESOURCES)
          for (const { lane, row, cell: cells, count } of placed) {
            if (program.workerOfLane[lane] !== worker) continue
            cells.forEach((cell, i) => {
              for (let r = 0; r < RESOURCES; r++) {
                parts[cell * RESOURCES + r] += count[i] * program.demand[row * RESOURCES + r]
              }
            })
          }
          // However blocks are spread, those in a cell need at least this many of its compute units.
          const least = sum(
            Array.from({ length: machine.cells }, (_, cell) =>
              Math.ceil(
                Math.max(...parts.subarray(cell * RESOURCES, (cell + 1) * RESOURCES)) / CU_PARTS,
              ),
            ),
          )
          assert.ok(least <= room.busy[worker])
          assert.ok(room.busy[worker] <= program.share[worker])
        }
      })
    }),
    { numRuns: 60 },
  )
})

for (const { model, batch } of shippedProfiles('h200')) {
  test(`${model}/${batch} alone in a process with a share of everything takes what was measured`, () => {
    const profile = loadShippedProfile('h200', model, batch, { file: 'test', path: '' })
    const scenario: Scenario = { device: h200, workers: [closedLoopWorker('w', profile)] }
    const us = 5000 + 3 * requestUs(profile, totalCus(h200))
    const rateUnder = (mechanism: 'mps' | 'pooled', told: boolean): number => {
      const pool = new PoolBuilder()
      const partition =
        mechanism === 'mps' ? pool.share(totalCus(h200), 0) : pool.pooled(wholeDevice(h200), 0)
      const plan = buildPlan(scenario, {
        mechanism,
        pool: pool.entries,
        groups: [[{ kernels: profile.kernels.length, partition, priority: 0 }]],
        evidence: { policy: 'test', parameters: {} },
      })
      const { workers } = simulate(scenario, plan, { warmupUs: us, durationUs: us, told })
      return workers[0].requestsPerSecond
    }
    for (const told of [false, true]) {
      const latencyUs = told ? profile.toldLatencyUs : profile.mpsLatencyUs
      // If nobody measured it under MPS, a process that is told only of its share takes as long as without MPS.
      if (told && latencyUs === undefined) continue
      const measuredUs = latencyUs?.[totalCus(h200)] ?? 1e6 / rateUnder('pooled', told)
      const ratio = (rateUnder('mps', told) * measuredUs) / 1e6
      // The gain from branches side by side is less well known.
      assert.ok(Math.abs(ratio - 1) < (profile.parallel ? 0.05 : 0.02), `${told}: ${ratio}`)
    }
  })
}
