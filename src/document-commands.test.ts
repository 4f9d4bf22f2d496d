/** Checks that the commands and flags that the documents name exist. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { program } from './cli/run.js'
import { codeLines, DOCUMENTS, quoted, textOf } from './documents.test.fixture.js'

const GLOBAL_FLAGS = ['--help', '--version', '--debug', '--library', '-h', '-V']
const ROOT_COMMANDS = (await program()).commands

/** Every `eclip …` in a document, split into words. */
function commandLines(markdown: string): string[][] {
  const parts = [...quoted(markdown), ...codeLines(markdown)].flatMap((text) =>
    text.split(/\s(?:;|&&|\|)\s/),
  )
  return parts
    .map((part) => part.trim().split(/\s+/))
    .filter(([program, command]) => program === 'eclip' && /^[a-z]/.test(command ?? ''))
}

/** The command that the words name, checked with the flags among the rest of them. */
function faultOf([, name, ...words]: readonly string[]): string | undefined {
  // Everything after -- belongs to another program.
  const end = words.indexOf('--')
  const rest = end < 0 ? words : words.slice(0, end)
  let command = ROOT_COMMANDS.find((one) => one.name() === name)
  if (command === undefined) return `no command ${name}`
  const sub = command.commands.find((one) => one.name() === rest[0])
  command = sub ?? command
  const known = [command, ...(sub ? [] : command.commands)].flatMap(flagsOf)
  const unknown = rest
    .map((word) => /^\[?(--?[a-zA-Z][\w-]*)/.exec(word)?.[1])
    .filter((flag) => flag !== undefined && !known.includes(flag) && !GLOBAL_FLAGS.includes(flag))
  return unknown.length === 0 ? undefined : `${name} has no ${unknown.join(', ')}`
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag != null))
}

for (const document of DOCUMENTS) {
  const lines = commandLines(textOf(document))
  if (lines.length === 0) continue
  test(`${document} names commands and flags that exist`, () => {
    const faults = lines.flatMap((words) => {
      const fault = faultOf(words)
      return fault === undefined ? [] : [`${words.join(' ')}: ${fault}`]
    })
    assert.deepEqual(faults, [])
  })
}

test('an unknown command or flag is detected', () => {
  const text =
    '`eclip none` `eclip plan x --none` `eclip mig plan --none` `eclip plan x --seed 1` ' +
    '`eclip run --share 5% -- x --any` `eclip run --none -- x`'
  assert.deepEqual(commandLines(text).map(faultOf), [
    'no command none',
    'plan has no --none',
    'mig has no --none',
    undefined,
    undefined,
    'run has no --none',
  ])
})
