import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { policies } from '../policy/registry.js'
import { commands as listed } from './commands.js'
import { EXAMPLES } from './examples.js'
import { pathOf } from './help.js'
import { program } from './run.js'

/** The commands that do something themselves, as opposed to those that only group others. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

const whole = await program()
const commands = leaves(whole)

test('every command is listed under its name', () => {
  assert.deepEqual(
    whole.commands.map((command) => command.name()),
    Object.keys(listed),
  )
})

/** What a command prints for `--help`, including the text added at the end. */
function helpOf(command: Command): string {
  const printed: string[] = []
  const write = (text: string) => printed.push(text)
  command.configureOutput({ writeOut: write, writeErr: write }).outputHelp()
  return printed.join('')
}

for (const command of commands) {
  const path = pathOf(command)
  test(`${path} --help gives examples that are understood`, async () => {
    const examples = EXAMPLES[path]
    assert.ok(examples, `cli/examples.ts has no examples of ${path}`)
    const help = helpOf(command)
    for (const example of examples) {
      assert.ok(help.split('\n').includes(`  ${example}`))
      assert.equal(await reached(example), path)
    }
  })
}

/** The command that a call reaches with all its options understood. The call is stopped there. */
async function reached(call: string): Promise<string> {
  const root = await program()
  const stop = new Error('stopped')
  let path = ''
  root.hook('preAction', (_, action) => {
    path = pathOf(action)
    throw stop
  })
  const [name, ...words] = call.split(' ')
  assert.equal(name, 'eclip')
  await assert.rejects(root.parseAsync(words, { from: 'user' }), stop)
  return path
}

test('every example belongs to a command', () => {
  const paths = commands.map(pathOf)
  for (const path of Object.keys(EXAMPLES)) assert.ok(paths.includes(path), path)
})

test('help lists policies and models wherever they can be named', () => {
  const helpOfPath = (path: string) => helpOf(commands.find((c) => pathOf(c) === path)!)
  const plan = helpOfPath('plan')
  for (const { name, summary } of policies.values())
    assert.match(plan, new RegExp(`${name} .*${summary.slice(0, 10)}`))
  assert.match(plan, /Models with a profile for h200:\n(.*\n)*?.*\bvgg19\/1,8,32\b/)
  assert.ok(plan.split('\n').every((line) => line.length <= 100))
  assert.doesNotMatch(helpOfPath('explain'), /Policies|Models/)
})
