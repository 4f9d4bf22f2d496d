import { InvalidArgumentError } from 'commander'
import { printable, printableJson, printableLayout } from '../printable.js'
import type { TableStyle } from '../report/kit/index.js'

export { type Progress, startProgress } from './progress.js'

/** Options every command takes. */
export interface CommonOptions {
  readonly json?: boolean
}

/**
 * Prints a result: as JSON alone on stdout with `--json`, else as text for people. Names come from
 * files, so nothing in them may act on the terminal.
 */
export function print<T>(value: T, options: CommonOptions, render: (value: T) => string): void {
  const text = options.json
    ? printableJson(JSON.stringify(value, null, 2))
    : printableLayout(render(value))
  process.stdout.write(`${text}\n`)
}

/** A remark for people; stdout is left to the result. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`)
}

/** How tables meet this process's stdout. */
export function tableStyle(): TableStyle {
  return { colours: process.stdout.hasColors?.() ? 'ansi' : 'plain' }
}

/** Parses a whole number of at least `least` for a commander option. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`expected a whole number of at least ${least}, found "${text}".`)
  }
}

/** Parses a finite number above `above` for a commander option. */
export function numberAbove(above: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && value > above) return value
    throw new InvalidArgumentError(`expected a number above ${above}, found "${text}".`)
  }
}

/** Parses a name that is a file's as well, for a commander option. */
export function plainName(text: string): string {
  if (/^\w[\w.-]*$/.test(text)) return text
  throw new InvalidArgumentError(
    `expected letters, digits, dots, dashes and underscores, found "${text}".`,
  )
}

/** Parses a finite number of at least `least` for a commander option. */
export function numberFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value
    throw new InvalidArgumentError(`expected a number of at least ${least}, found "${text}".`)
  }
}

/** Gathers an option that may be given several times. */
export function gathered<T>(parse: (text: string) => T): (text: string, earlier?: T[]) => T[] {
  return (text, earlier = []) => [...earlier, parse(text)]
}
