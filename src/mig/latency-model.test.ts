import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { gpuNamed } from './gpus/registry.js'
import { latencyModelFromCsv } from './latency-csv.js'
import { latencyModelOf, latencyRow } from './latency-model.js'
import { arrivalsFromText, batchesFromText } from './request-files.js'

const h200 = gpuNamed('h200')

function refuses(make: () => unknown, pattern: RegExp): void {
  assert.throws(make, (error) => {
    assert.ok(error instanceof InputError, `${error}`)
    assert.match(error.message, pattern)
    assert.ok(!error.message.includes('\n'))
    return true
  })
}

test('measured points are kept, and latency is monotone between them', () => {
  const grid = fc.array(
    fc.array(fc.integer({ min: 1, max: 9999 }), { minLength: 3, maxLength: 3 }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  fc.assert(
    fc.property(grid, (us) => {
      const points = us.flatMap((row, b) =>
        row.map((latencyUs, i) => ({ cus: [8, 40, 132][i], batch: 4 ** b, latencyUs })),
      )
      const model = latencyModelOf('m', 'test', points, 'test')
      for (let batch = 1; batch <= model.maxBatch; batch++) {
        for (let cus = 9; cus <= 140; cus += 13) {
          const here = model.latencyUs(cus, batch)
          assert.ok(model.latencyUs(cus - 1, batch) >= here)
          if (batch > 1) assert.ok(model.latencyUs(cus, batch - 1) <= here)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('interpolation by hand: linear in the batch, and in 1/units', () => {
  const points = [
    { cus: 10, batch: 1, latencyUs: 100 },
    { cus: 20, batch: 1, latencyUs: 60 },
    { cus: 10, batch: 5, latencyUs: 500 },
    { cus: 20, batch: 5, latencyUs: 260 },
  ]
  const model = latencyModelOf('m', 'test', points, 'test')
  assert.equal(model.latencyUs(10, 3), 300)
  // 1/15 is two thirds of the way from 1/10 to 1/20.
  assert.ok(Math.abs(model.latencyUs(15, 1) - (100 - (40 * 2) / 3)) < 1e-9)
  assert.deepEqual([...latencyRow(model, 20, 2)], [0, 60, 110])
})

test('a CSV table by profile, by size and by units', () => {
  const text = [
    'partition,batch,latency_ms',
    '# comment',
    '1g.18gb,1,4.0',
    '1g,8,16',
    '132,1,1',
    '7g.141gb,8,3',
  ].join('\n')
  const model = latencyModelFromCsv(text, 'mine', h200, 't.csv')
  assert.equal(model.latencyUs(16, 8), 16_000)
  assert.equal(model.latencyUs(132, 1), 1000)
  assert.equal(model.maxBatch, 8)
})

test('each error in a table gives one line that says where it is', () => {
  const head = 'partition,batch,latency_ms\n'
  const parse = (body: string) => () => latencyModelFromCsv(body, 'm', h200, 't.csv')
  refuses(parse(''), /^t\.csv: line 1: expected the header partition,batch,latency_ms/)
  refuses(parse('a,b,c\n1,1,1'), /line 1/)
  refuses(parse(`${head}1g,1,5\n1g,8,9\n7g,1,2\n`), /for 132 units at batch 8.*hole.*found none/)
  refuses(parse(`${head}1g,1,5\n1g,8,-9\n`), /line 3: expected a latency above 0, found -/)
  refuses(parse(`${head}1g,1,0\n`), /line 2: expected a latency above 0/)
  refuses(parse(`${head}1g,1,x\n`), /line 2: expected a latency in ms, found "x"/)
  refuses(parse(`${head}1g,1\n`), /line 2: expected a latency in ms, found nothing/)
  refuses(parse(`${head}9g,1,5\n`), /line 2: expected a partition of h200 .*found "9g"/)
  refuses(parse(`${head}1g,1.5,5\n`), /line 2: expected a whole batch/)
  refuses(parse(`${head}1g,1,5\n16,1,6\n`), /line 3: expected one latency for 16 units/)
  refuses(parse(head), /at least one latency/)
})

test('batch sizes from weights or observations', () => {
  assert.deepEqual([...batchesFromText('batch,weight\n1,3\n2,1\n', 2, 'b.csv')], [0, 0.75, 0.25])
  assert.deepEqual([...batchesFromText('1\n2\n1\n1\n', 2, 'b.csv')], [0, 0.75, 0.25])
})

test('each error in batch sizes gives one line that says where it is', () => {
  const parse = (text: string) => () => batchesFromText(text, 8, 'b.csv')
  refuses(parse('1,0.5\n2,-0.5\n'), /^b\.csv: line 2: expected a weight of 0 or more, found -0\.5/)
  refuses(parse('batch,weight\n9,1\n'), /line 2: expected a batch from 1 to 8.*found 9/)
  refuses(parse('1,nan\n'), /line 1: expected a weight, found "nan"/)
  refuses(parse('0\n'), /line 1: expected a batch from 1/)
  refuses(parse('2.5\n'), /line 1/)
  refuses(parse('1,1\n1,1\n'), /each batch once/)
  refuses(parse('1,0\n'), /some weight/)
  refuses(parse(''), /some weight/)
})

test('recorded arrivals with and without batches', () => {
  assert.deepEqual(arrivalsFromText('time_s,batch\n0,2\n0.5,1\n', 4, 'a.csv'), {
    timesS: [0, 0.5],
    batches: [2, 1],
  })
  assert.deepEqual(arrivalsFromText('1\n2\n', 4, 'a.csv'), { timesS: [1, 2] })
  const parse = (text: string) => () => arrivalsFromText(text, 4, 'a.csv')
  refuses(parse('2\n1\n'), /^a\.csv: line 2: expected a time not before 2, found 1/)
  refuses(parse('1,5\n2,1\n'), /line 1: expected a batch from 1 to 4/)
  refuses(parse('1\n'), /at least two arrivals, found 1/)
  refuses(parse('1,2\n2\n'), /line 2: expected a batch size, found nothing/)
})
