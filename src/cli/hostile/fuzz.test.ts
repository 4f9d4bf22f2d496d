/**
 * Damages a file of every format and every file that ships for ECLIP_FUZZ_SECONDS (10), at random but seeded:
 * `ECLIP_FUZZ_SECONDS=60 node --test dist/cli/hostile/fuzz.test.js`. A failure names its seed, and with
 * ECLIP_FUZZ_SEED the run starts there. Started at seed 20000, on two cores with other work, a run of 60 s tried
 * 667 files, six rounds over all 111: 524 were refused, 130 were read to their end, and 13 found no server.
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createRandom, type Random } from '../../random.js'
import { fuzzTargets } from './fuzz-targets.test.fixture.js'
import { mutateBytes, mutateJson } from './mutate.test.fixture.js'
import { createRunner } from './runner.test.fixture.js'
import { createSandbox } from './sandbox.test.fixture.js'
import { assertNoCrash } from './verdict.test.fixture.js'

const SECONDS = Number(process.env.ECLIP_FUZZ_SECONDS ?? 10)
const FIRST_SEED = Number(process.env.ECLIP_FUZZ_SEED ?? 0)
/** The part of the files in which bytes are changed; in the others, values are changed. */
const BYTES_SHARE = 0.3

const isJson = (content: Buffer): boolean => content[0] === 0x7b
const isPacked = (content: Buffer): boolean => content[0] === 0x1f

function damaged(good: Buffer, random: Random): Uint8Array {
  const content = isPacked(good) ? gunzipSync(good) : good
  if (random.uniform() < BYTES_SHARE) return mutateBytes(good, random)
  if (!isJson(content)) return mutateBytes(content, random)
  const changed = Buffer.from(mutateJson(JSON.parse(content.toString()), random))
  return isPacked(good) ? gzipSync(changed, { level: 1 }) : changed
}

test('damaged files of every format end in a line or in a result, within limits', async (t) => {
  const runner = createRunner()
  const sandbox = createSandbox()
  after(async () => {
    await runner.close()
    sandbox.remove()
  })
  const { path } = sandbox
  const planned = path('planned.json')
  const made = await runner.run(['plan', 'alexnet/1+albert/1', '--policy', 'eclip', '-o', planned])
  assert.equal(made.code, 0, made.stderr)
  const targets = fuzzTargets(sandbox, planned)
  const codes = new Map<number, number>()
  const end = performance.now() + 1000 * SECONDS
  let seed = FIRST_SEED
  for (; performance.now() < end; seed++) {
    const { name, good, command, workload } = targets[seed % targets.length]
    const content = damaged(good, createRandom(seed))
    const file = sandbox.write(isJson(good) ? 'damaged.json' : 'damaged', content)
    const words = command.map((word) => word.replace('@', file))
    if (workload) {
      const text = JSON.stringify(workload).replace('"@"', JSON.stringify(file))
      words.splice(1, 0, sandbox.write('damaged-workload.json', text))
    }
    const what = `seed ${seed}, ${name}: ${words.join(' ')}`
    try {
      const outcome = await runner.run(words)
      assertNoCrash(outcome, what)
      codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1)
    } catch (error) {
      const excerpt = Buffer.from(content).toString('utf8').slice(0, 2000)
      assert.fail(`${what}: ${(error as Error).message}\n${excerpt}`)
    }
    rmSync(file)
  }
  const rounds = ((seed - FIRST_SEED) / targets.length).toFixed(1)
  t.diagnostic(
    `${seed - FIRST_SEED} files, ${rounds} rounds over ${targets.length} targets, exit codes ${JSON.stringify([...codes])}`,
  )
})
