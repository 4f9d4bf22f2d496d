import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { badCommandLines } from './bad-flags.test.fixture.js'
import {
  BAD_ARRIVALS,
  BAD_BATCHES,
  BAD_KERNELS,
  BAD_LATENCIES,
  BAD_TRACES,
} from './bad-tables.test.fixture.js'
import { documents } from './documents.test.fixture.js'
import { withValue } from './edit.test.fixture.js'
import { createRunner } from './runner.test.fixture.js'
import { createSandbox } from './sandbox.test.fixture.js'
import { assertRefused } from './verdict.test.fixture.js'

const runner = createRunner()
const sandbox = createSandbox()
after(async () => {
  await runner.close()
  sandbox.remove()
})

test('wrong command lines are refused in one line, and nothing is written', async () => {
  const before = sandbox.files()
  for (const line of badCommandLines(sandbox)) {
    const what = line.join(' ').slice(0, 200)
    assertRefused(await runner.run(line), what)
    sandbox.assertUnchanged(before, what)
  }
})

test('wrong tables are refused with the number of the line', async () => {
  const mig = (flag: string): string[] => ['mig', 'plan', flag, sandbox.path('list')]
  const kinds = [
    [BAD_LATENCIES, mig('--table')],
    [BAD_BATCHES, mig('--batches')],
    [BAD_ARRIVALS, mig('--arrivals')],
    [BAD_TRACES, ['compare', sandbox.path('workload.json')]],
    [BAD_TRACES, ['size', sandbox.path('demand.json')]],
    [BAD_TRACES, ['load', 'http://127.0.0.1:9', '--trace', sandbox.path('list'), '--model', 'x']],
    [
      BAD_KERNELS,
      ['import', sandbox.path('list'), '--device', 'mi50', '--model', 'x', '--batch', '1'],
    ],
  ] as const
  const traced = withValue(documents['workload.json'], 'workers[0].load', { trace: 'list' })
  sandbox.write('workload.json', JSON.stringify(traced))
  const arriving = withValue(documents['demand.json'], 'models[0].arrivals', { trace: 'list' })
  sandbox.write('demand.json', JSON.stringify(arriving))
  for (const [tables, command] of kinds) {
    for (const [what, content, line] of tables) {
      sandbox.write('list', content)
      assert.match(
        assertRefused(await runner.run(command), `${command[0]} ${command[2]}: ${what}`),
        line,
      )
    }
  }
})
