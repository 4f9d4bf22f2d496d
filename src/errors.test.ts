import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  attempt,
  attempted,
  describe,
  expectIn,
  InputError,
  shortened,
  WorkError,
} from './errors.js'

const messageOf = (problem: ConstructorParameters<typeof InputError>[0]) =>
  new InputError(problem).message

test('bad input is named by its file, the place in it, what was expected and what was found', () => {
  const problem = { file: 'mix.json', path: 'workers[2].batch', expected: 'a number', found: '"x"' }
  const error = new InputError(problem)
  assert.equal(error.message, 'mix.json: workers[2].batch: expected a number, found "x"')
  assert.deepEqual([error.name, error.problem], ['InputError', problem])
  const whole = { file: 'mix.json', expected: 'JSON', found: 'nothing' }
  assert.equal(messageOf(whole), 'mix.json: expected JSON, found nothing')
  assert.equal(new InputError(whole).problem.path, '')
})

test('whatever stands where a file should is described, on one line and not too long', () => {
  const of = (file: unknown) =>
    messageOf({ file: file as string, expected: 'a', found: 'b' }).replace(
      ': expected a, found b',
      '',
    )
  assert.equal(of(''), '""')
  assert.equal(of(undefined), 'nothing')
  assert.equal(of({ a: 1 }), 'an object')
  assert.equal(of('x'.repeat(500)), 'x'.repeat(500))
  assert.equal(of('x'.repeat(501)), `${'x'.repeat(497)}...`)
  assert.equal(of('a\nb\u001b[2J'), 'a\\u000ab\\u001b[2J')
})

test('the first thing that does not hold is thrown, what holds passes', () => {
  const expect = expectIn('plan.json')
  expect(true, 'pool', 'granules', 3)
  assert.throws(() => expect(false, 'pool', 'granules', 3), {
    name: 'InputError',
    message: 'plan.json: pool: expected granules, found 3',
  })
})

test('values are described in a few words, by their kind where they are long', () => {
  for (const [value, words] of [
    [undefined, 'nothing'],
    [null, 'null'],
    [2.5, '2.5'],
    [Number.NaN, 'NaN'],
    [12n, '12'],
    [true, 'true'],
    ['a "b"\n', '"a \\"b\\"\\n"'],
    [[1, 2], 'an array of 2'],
    [{ length: 3 }, 'an object'],
  ] as const) {
    assert.equal(describe(value), words)
  }
  const long = describe('x'.repeat(1000))
  assert.equal(long, `"${'x'.repeat(56)}...`)
  assert.equal(shortened('x'.repeat(60)), 'x'.repeat(60))
  assert.equal(shortened('x'.repeat(61)), `${'x'.repeat(57)}...`)
})

test('a failure of the work becomes a value, any other error does not', async () => {
  assert.equal(
    attempt(() => 3),
    3,
  )
  assert.equal(await attempted(async () => 3), 3)
  const failure = new WorkError('no GPU')
  const defect = new TypeError('ours')
  const fail = (error: Error) => (): never => {
    throw error
  }
  assert.equal(attempt(fail(failure)), failure)
  assert.equal(await attempted(async () => fail(failure)()), failure)
  assert.equal(failure.name, 'WorkError')
  assert.throws(() => attempt(fail(defect)), TypeError)
  await assert.rejects(
    attempted(async () => fail(defect)()),
    TypeError,
  )
})
