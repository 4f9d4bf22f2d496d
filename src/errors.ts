import { printable } from './printable.js'

/** Where bad input was met: a file, the path inside it, what was expected and what was found. */
export interface InputProblem {
  /** File name as the user gave it, or a flag such as `--policy`. */
  readonly file: string
  /** Path inside the file, e.g. `workers[2].batch`; left out or empty for the file as a whole. */
  readonly path?: string
  readonly expected: string
  readonly found: string
}

/** The user's input is wrong: the CLI prints one line and exits with code 2. */
export class InputError extends Error {
  readonly problem: Required<InputProblem>

  constructor({ file, path = '', expected, found }: InputProblem) {
    const name = cut(nameOf(file), LONGEST_FILE)
    const place = path === '' ? name : `${name}: ${path}`
    super(printable(`${place}: expected ${expected}, found ${found}`))
    this.name = 'InputError'
    this.problem = { file, path, expected, found }
  }
}

/** Throws unless something holds, saying where in a file it should. */
export type Expect = (holds: boolean, path: string, expected: string, found: unknown) => void

/** What checks the content of a file, with an {@link InputError} for the first thing that does not hold. */
export function expectIn(file: string): Expect {
  return (holds, path, expected, found) => {
    if (!holds) throw new InputError({ file, path, expected, found: `${found}` })
  }
}

/** A file as errors name it; a caller without types may have given anything in its place. */
function nameOf(file: unknown): string {
  return typeof file === 'string' && file !== '' ? file : describe(file)
}

/** The input was right but the work failed: the CLI prints one line and exits with code 1. */
export class WorkError extends Error {
  override readonly name = 'WorkError'
}

/** The result of a task, or its failure as a value to be reported instead of thrown. */
export function attempt<T>(task: () => T): T | WorkError {
  try {
    return task()
  } catch (error) {
    return workErrorOf(error)
  }
}

/** The same for work that takes time. */
export async function attempted<T>(work: () => Promise<T>): Promise<T | WorkError> {
  try {
    return await work()
  } catch (error) {
    return workErrorOf(error)
  }
}

/** The failure, if it is one of work; anything else is thrown on. */
function workErrorOf(error: unknown): WorkError {
  if (error instanceof WorkError) return error
  throw error
}

/** How many characters of a value, and of a file's name, an error message shows. */
const LONGEST = 60
const LONGEST_FILE = 500

/** A short, one-line rendering of a value for an error message. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  return shortened(typeof value === 'string' ? quoted(value) : render(value))
}

/** A text, cut to the length that an error message has room for. */
export function shortened(text: string): string {
  return cut(text, LONGEST)
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text
}

function quoted(text: string): string {
  return printable(JSON.stringify(text.slice(0, LONGEST)))
}

function render(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Promise) return 'a promise (await it)'
  if (value !== null && typeof value === 'object') return 'an object'
  return String(value)
}
