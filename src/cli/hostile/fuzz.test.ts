/**
 * Damages a file of every format, at random but seeded, for ECLIP_FUZZ_SECONDS (10). A failure names
 * its seed: with ECLIP_FUZZ_SEED the run starts there.
 */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { DATA_FOLDER } from '../../io/library.js'
import { createRandom, type Random } from '../../random.js'
import { documents } from './documents.test.fixture.js'
import { mutateBytes, mutateJson } from './mutate.test.fixture.js'
import { createRunner } from './runner.test.fixture.js'
import { createSandbox } from './sandbox.test.fixture.js'
import { assertNoCrash } from './verdict.test.fixture.js'

const SECONDS = Number(process.env.ECLIP_FUZZ_SECONDS ?? 10)
const FIRST_SEED = Number(process.env.ECLIP_FUZZ_SEED ?? 1)

/** A good file, and the command that reads it: `@` stands for the damaged one. */
interface Target {
  readonly good: Buffer
  readonly command: readonly string[]
  /** A workload that names the damaged file, where a command reads it only through one. */
  readonly workload?: object
}

const shipped = (name: string): Buffer => readFileSync(join(DATA_FOLDER, name))
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const lines = (...content: readonly string[]): Buffer => Buffer.from(`${content.join('\n')}\n`)

const packed = shipped('profiles/h200/alexnet-1.json.gz')
const QUICK = ['--policy', 'baseline,equal,model-wise,krisp,eclip', '--seconds', '0.01']
const MIG = ['mig', 'plan', '--requests', '200', '--replications', '1']

function mixOf(worker: object): object {
  return { ...documents['workload.json'], workers: [worker, { model: 'alexnet', batch: 1 }] }
}
const withProfile = mixOf({ profile: '@' })
const withTrace = mixOf({ model: 'albert', batch: 1, load: { trace: '@' } })

function targets(planned: string): Target[] {
  const { profile, device, workload, plan, points, earlier, latency, demand } = {
    profile: json(documents['profile.json']),
    device: json(documents['device.json']),
    workload: json(documents['workload.json']),
    plan: json(documents['plan.json']),
    points: json(documents['points.json']),
    earlier: json(documents['earlier-points.json']),
    latency: json(documents['latency.json']),
    demand: json(documents['demand.json']),
  }
  return [
    { good: profile, command: ['compare', ...QUICK], workload: withProfile },
    { good: gunzipSync(packed), command: ['compare', ...QUICK], workload: withProfile },
    { good: packed, command: ['compare', ...QUICK], workload: withProfile },
    { good: profile, command: [...MIG, '--profile', '@'] },
    { good: device, command: ['compare', 'alexnet/1+albert/1', '--device', '@', ...QUICK] },
    { good: workload, command: ['compare', '@', ...QUICK] },
    { good: plan, command: ['explain', '@'] },
    { good: plan, command: ['diff', '@', planned] },
    { good: readFileSync(planned), command: ['diff', planned, '@', '--json'] },
    { good: readFileSync(planned), command: ['simulate', 'alexnet/1+albert/1', '--plan', '@'] },
    { good: points, command: ['validate', '@'] },
    { good: earlier, command: ['validate', '@', '--json'] },
    { good: shipped('h200-model-latency.json'), command: [...MIG, '--table', '@'] },
    { good: latency, command: [...MIG, '--table', '@', '--model', 'tiny'] },
    {
      good: lines('partition,batch,latency_ms', '1g,1,4', '1g,8,16', '7g,1,1', '7g,8,3'),
      command: [...MIG, '--table', '@'],
    },
    {
      good: lines('batch,weight', '1,0.5', '8,0.25', '16,0.25'),
      command: [...MIG, '--batches', '@'],
    },
    {
      good: lines('time_s,batch', '0.1,1', '0.2,8', '0.21,4'),
      command: [...MIG, '--arrivals', '@'],
    },
    {
      good: lines('# seconds', '0.001', '0.002', '0.1'),
      command: ['compare', ...QUICK],
      workload: withTrace,
    },
    { good: demand, command: ['bench', '@'] },
  ]
}

/** Neither JSON nor packed JSON. */
function isText(good: Buffer): boolean {
  return good[0] !== 0x7b && good[0] !== 0x1f
}

function damaged(good: Buffer, random: Random): Uint8Array {
  const isJson = good[0] === 0x7b
  if (!isJson || random.uniform() < 0.3) return mutateBytes(good, random)
  return Buffer.from(mutateJson(JSON.parse(good.toString()), random))
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
  const codes = new Map<number, number>()
  const end = performance.now() + 1000 * SECONDS
  let seed = FIRST_SEED
  do {
    for (const [i, { good, command, workload }] of targets(planned).entries()) {
      // A name is used once: profiles are read once in a process.
      const name = `${seed}-${i}${isText(good) ? '.csv' : '.json'}`
      const words = command.map((word) => word.replace('@', path(name)))
      const content = damaged(good, createRandom(seed))
      const file = sandbox.write(name, content)
      if (workload) {
        const text = JSON.stringify(workload).replace('"@"', JSON.stringify(name))
        words.splice(1, 0, sandbox.write('damaged-workload.json', text))
      }
      const what = `seed ${seed}, ${words.join(' ')}`
      try {
        const outcome = await runner.run(words)
        assertNoCrash(outcome, what)
        codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1)
      } catch (error) {
        const excerpt = Buffer.from(content).toString('utf8').slice(0, 2000)
        assert.fail(`${what}: ${(error as Error).message}\n${file}: ${excerpt}`)
      }
      rmSync(file)
    }
    seed++
  } while (performance.now() < end)
  t.diagnostic(`${seed - FIRST_SEED} seeds, exit codes ${JSON.stringify([...codes])}`)
})
