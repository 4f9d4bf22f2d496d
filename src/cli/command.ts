import { InvalidArgumentError } from 'commander'
import { type Device, statusCaution } from '../device/device.js'
import { printable, printableJson, printableLayout } from '../printable.js'
import { LEAST_RATE, MOST_RATE } from '../quantities.js'
import type { TableStyle } from '../report/kit/index.js'

export { type Progress, startProgress } from './progress.js'

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean
}

/**
 * Prints a result: with `--json` as JSON and nothing else on stdout, otherwise as text for people.
 * Names come from files, so nothing in them may act on the terminal.
 */
export function print<T>(value: T, options: CommonOptions, render: (value: T) => string): void {
  const text = options.json
    ? printableJson(JSON.stringify(value, null, 2))
    : printableLayout(render(value))
  process.stdout.write(`${text}\n`)
}

/** Prints a remark for people on stderr, since stdout belongs to the result. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`)
}

/** Notes that predictions are for a device that is modelled or measured in part, if that is the case. */
export function noteStatus(device: Device): void {
  const caution = statusCaution(device)
  if (caution !== undefined) note(`note: ${caution}`)
}

/** The command that measured and the time, for files that others read later. */
export function measuredNow(): { readonly command: string; readonly date: string } {
  return { command: `eclip ${process.argv.slice(2).join(' ')}`, date: new Date().toISOString() }
}

/** How tables should look on this process's stdout. */
export function tableStyle(): TableStyle {
  const { stdout } = process
  // A terminal that does not know its width reports 0.
  const columns = (stdout.isTTY && stdout.columns) || undefined
  return { colours: stdout.hasColors?.() ? 'ansi' : 'plain', columns }
}

/** A larger number on the command line is a typing error. */
const LARGEST = 1e9

/** Parses a whole number of at least `least` for a commander option. */
export function wholeNumber(least: number): (text: string) => number {
  const expected = `a whole number of at least ${least}`
  return numberWhere(expected, (n) => Number.isInteger(n) && n >= least)
}

/** Parses a number above `above` for a commander option. */
export function numberAbove(above: number): (text: string) => number {
  return numberWhere(`a number above ${above}`, (n) => n > above)
}

/** Parses a number of at least `least` for a commander option. */
export function numberFrom(least: number): (text: string) => number {
  return numberWhere(`a number of at least ${least}`, (n) => n >= least)
}

/** Parses requests per second for a commander option, within the limits of files. */
export const requestsPerSecond = atMost(MOST_RATE, numberFrom(LEAST_RATE))

function numberWhere(expected: string, holds: (n: number) => boolean): (text: string) => number {
  return atMost(LARGEST, (text) => {
    const value = Number(text)
    if (text.trim() !== '' && holds(value)) return value
    throw new InvalidArgumentError(`expected ${expected}, found "${text}".`)
  })
}

/** Parses a name that is also used as a file name, for a commander option. */
export function plainName(text: string): string {
  if (/^\w[\w.-]*$/.test(text)) return text
  throw new InvalidArgumentError(
    `expected letters, digits, dots, dashes and underscores, found "${text}".`,
  )
}

/** Limits the values that another parser of a commander option accepts. */
export function atMost(most: number, parse: (text: string) => number): (text: string) => number {
  return (text) => {
    if (!(Number(text) > most)) return parse(text)
    throw new InvalidArgumentError(`expected at most ${most}, found "${text}".`)
  }
}

/** Parses values separated by commas, without duplicates, for a commander option. */
export function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => [...new Set(text.split(',').map((part) => parse(part.trim())))]
}

/** Parses names separated by commas, for a commander option. */
export const names = listOf((name) => name)

/** Collects an option that may be given several times. */
export function gathered<T>(parse: (text: string) => T): (text: string, earlier?: T[]) => T[] {
  return (text, earlier = []) => [...earlier, parse(text)]
}
