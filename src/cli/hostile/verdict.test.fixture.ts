/** The required reaction to every bad input: exactly one line that says what is wrong. */
import assert from 'node:assert/strict'
import type { Outcome } from './runner-thread.test.fixture.js'

/** A note that may precede the line. */
const REMARK = /^device: .* \(.*\)$/

/** What was expected and what was found; for words on a command line, which ones are not understood. */
const REFUSED =
  /^eclip: (.+: expected .+, found .|(unknown|missing|too many) |(required )?option '.+' (argument missing|cannot be used|not specified))/s

/** @throws AssertionError unless the input was refused in one line with the exit code for bad input */
export function assertRefused(outcome: Outcome, what: string): string {
  const { code, stdout, stderr } = outcome
  const line = lineOf(outcome, what)
  assert.equal(code, 2, `${what}: exit code ${code}\n${stderr}`)
  assert.equal(stdout, '', what)
  assert.match(line, REFUSED, what)
  return line
}

/**
 * @throws AssertionError if a defect shows: a stack trace, an unexpected exception, an undocumented
 * exit code, or characters that act on a terminal
 */
export function assertNoCrash(outcome: Outcome, what: string): void {
  if (outcome.code === 0) assert.doesNotMatch(outcome.stderr, /\n\s+at /, what)
  else lineOf(outcome, what)
  assert.ok([0, 1, 2, 3].includes(outcome.code), `${what}: exit code ${outcome.code}`)
  assert.doesNotMatch(outcome.stdout.replaceAll('\n', ''), /[^\P{Cc}\t]/u, what)
}

function lineOf({ stderr }: Outcome, what: string): string {
  const lines = stderr.trimEnd().split('\n')
  const [line, ...others] = lines.filter((text) => !REMARK.test(text))
  assert.ok(line !== undefined && others.length === 0, `${what}: ${stderr}`)
  assert.doesNotMatch(line, /unexpected \(a defect/, what)
  assert.doesNotMatch(line, /\p{Cc}|\u{202E}/u, what)
  assert.ok(line.length < 1000, `${what}: a line of ${line.length} characters`)
  return line
}
