import koffi from 'koffi'
import { WorkError } from '../errors.js'

/** A pointer or handle of a native library. */
export type Pointer = bigint

/** A value that a native call takes: a number, pointer or memory, or a one-element cell for an out value. */
export type NativeValue = number | bigint | string | Uint8Array | Uint32Array | unknown[] | null

/** A native function that returns a status code. */
export type StatusCall = (...args: NativeValue[]) => number
/** A native function that throws a {@link WorkError} unless its status is 0. */
export type CheckedCall = (...args: NativeValue[]) => void

export type LoadedLibrary = ReturnType<typeof koffi.load>

/** Names a status code as in the vendor's headers, e.g. `hipErrorNoDevice (100)`. */
export type StatusName = (status: number) => string

/**
 * Loads the first of several file names that exists.
 *
 * @param what the user's name for the library, e.g. `the NVIDIA driver`, which starts the error
 * line
 * @throws WorkError if none can be loaded
 */
export function loadLibrary(what: string, fileNames: readonly string[]): LoadedLibrary {
  for (const fileName of fileNames) {
    try {
      return koffi.load(fileName)
    } catch {
      // The next file name may exist.
    }
  }
  throw new WorkError(`no ${what}: cannot load ${fileNames.join(' or ')}`)
}

/**
 * Binds functions that return a status code.
 *
 * @param parameters C parameter list by exact symbol name
 * @throws WorkError naming the first symbol that the library lacks because it is too old
 */
export function bindStatus<Name extends string>(
  library: LoadedLibrary,
  parameters: Readonly<Record<Name, string>>,
): Readonly<Record<Name, StatusCall>> {
  const bound = {} as Record<Name, StatusCall>
  for (const name of Object.keys(parameters) as Name[]) {
    try {
      bound[name] = library.func(`int ${name}(${parameters[name]})`)
    } catch {
      throw new WorkError(`the installed library has no ${name}: a newer driver is needed`)
    }
  }
  return bound
}

/** Like {@link bindStatus}, but every status other than 0 is thrown as `name said STATUS`. */
export function bindChecked<Name extends string>(
  library: LoadedLibrary,
  parameters: Readonly<Record<Name, string>>,
  statusName: StatusName,
): Readonly<Record<Name, CheckedCall>> {
  const calls = bindStatus(library, parameters)
  const bound = {} as Record<Name, CheckedCall>
  for (const name of Object.keys(parameters) as Name[]) {
    const call = calls[name]
    bound[name] = (...args) => check(name, call(...args), statusName)
  }
  return bound
}

function check(name: string, status: number, statusName: StatusName): void {
  if (status !== 0) throw new WorkError(`${name} said ${statusName(status)}`)
}

/** The pointer that a call writes to its out parameter. */
export function outPointer(call: (cell: unknown[]) => void): Pointer {
  const cell: [Pointer | null] = [null]
  call(cell)
  return cell[0] ?? 0n
}

/** The number that a call writes to its out parameter. */
export function outNumber(call: (cell: unknown[]) => void): number {
  const cell: [number | bigint] = [0]
  call(cell)
  return Number(cell[0])
}

/** The text that a call writes to a zero-terminated buffer. */
export function outText(bytes: number, call: (buffer: Buffer) => void): string {
  const buffer = Buffer.alloc(bytes)
  call(buffer)
  const end = buffer.indexOf(0)
  return buffer.toString('utf8', 0, end < 0 ? bytes : end)
}

/** An array of pointers in native memory order. */
export function pointerArray(pointers: readonly Pointer[]): Buffer {
  const buffer = Buffer.alloc(8 * pointers.length)
  pointers.forEach((pointer, i) => {
    buffer.writeBigUInt64LE(pointer, 8 * i)
  })
  return buffer
}

/** The address of memory that JavaScript owns. Keep a reference for as long as the address is used. */
export function addressOf(memory: Uint8Array | Uint32Array): Pointer {
  return koffi.address(memory)
}
