import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlanned, MOST_GB, MOST_PROGRAMS, programsSchema } from './programs-file.js'

/** Where a file of programs is wrong; undefined where it is not. */
function wrongAt(...programs: object[]): string | undefined {
  const file = {
    format: 'eclip.programs/1',
    programs: programs.map((one, i) => ({ name: `p${i}`, command: ['x'], ...one })),
  }
  return programsSchema.safeParse(file).error?.issues[0].path.join('.')
}

test('what a program leaves out has defaults', () => {
  const { programs } = programsSchema.parse({
    format: 'eclip.programs/1',
    programs: [{ name: 'a', command: ['x'] }],
  })
  assert.deepEqual(programs, [
    { name: 'a', command: ['x'], environment: {}, restart: 'on-failure' },
  ])
})

test('every field of a program is held to its form', () => {
  const right = [
    { share: '64' },
    { share: '25%', priority: 'high', yield: true, memoryGB: MOST_GB },
    { share: 'planned', member: 'resnet152/8' },
    { granules: 'a=0-7,b=8' },
    { command: ['x', ''], environment: { A_1: 'b' } },
  ]
  for (const one of right) assert.equal(wrongAt(one), undefined, JSON.stringify(one))
  const wrong: [object, string][] = [
    [{ share: '0%' }, 'share'],
    [{ share: 'half' }, 'share'],
    [{ share: 'planned' }, 'member'],
    [{ share: 'planned', member: 'resnet152' }, 'member'],
    [{ share: 'planned', member: 'resnet152/0' }, 'member'],
    [{ priority: 'urgent' }, 'priority'],
    [{ memoryGB: 0 }, 'memoryGB'],
    [{ memoryGB: MOST_GB + 1 }, 'memoryGB'],
    [{ granules: '7-0' }, 'granules'],
    [{ granules: '0', share: '25%' }, 'granules'],
    [{ granules: '0', yield: false }, 'granules'],
    [{ command: [] }, 'command'],
    [{ command: [''] }, 'command.0'],
    [{ command: ['x', 'a\0b'] }, 'command.1'],
    [{ environment: { '1A': 'b' } }, 'environment.1A'],
    [{ restart: 'sometimes' }, 'restart'],
    [{ name: 'p0' }, 'name'],
  ]
  for (const [one, path] of wrong) assert.equal(wrongAt({}, one), `programs.1.${path}`)
})

test('as many programs as a GPU has queues for, and no more', () => {
  const some = (count: number) => Array.from({ length: count }, () => ({}))
  assert.equal(wrongAt(...some(MOST_PROGRAMS)), undefined)
  assert.equal(wrongAt(...some(MOST_PROGRAMS + 1)), 'programs')
  assert.equal(wrongAt(), 'programs')
})

test('a share is planned if the file says so', () => {
  const planned = (share?: string) =>
    isPlanned({ name: 'a', command: ['x'], environment: {}, restart: 'never', share })
  assert.deepEqual(['planned', '25%', undefined].map(planned), [true, false, false])
})
