import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { invalid, Refusal } from '../refusal.js'
import type { TensorBytes } from './tensor-bytes.js'

const SHARED_MEMORY = '/dev/shm'

/** The names that workers give to the memory with the tensors of everybody's requests. */
const OF_WORKERS = /^eclip-\d+-\d+$/

/** Receives a byte whose value does not matter. */
const ONE_BYTE = new Uint8Array(1)

/** The most regions that may be registered, since each holds a file open. */
const MOST_REGIONS = 1024

/** Of a region. Over gRPC a name could be as long as a message, and it is kept for as long as the region. */
const LONGEST_NAME = 256

/** A region in the form in which clients register it. */
export interface RegionStatus {
  readonly name: string
  /** POSIX name of the shared-memory object. */
  readonly key: string
  /** Where the region starts in the object, bytes. */
  readonly offset: number
  readonly byteSize: number
}

interface Region extends RegionStatus {
  readonly file: number
  /** How many requests read or write the region. It is only closed when there are none. */
  users: number
  isRegistered: boolean
}

/**
 * System shared memory that clients have registered. It is read and written through its file and not mapped,
 * because a client that cut its own region short would crash a process that has it mapped.
 */
export class SharedMemory {
  readonly #regions = new Map<string, Region>()

  /** @throws Refusal `already-exists`, or `invalid` */
  register(name: string, key: string, offset: number, byteSize: number): void {
    // In requests that name a region, the empty name means all regions.
    if (name === '') throw invalid('expected the name of a region, found an empty one')
    if (name.length > LONGEST_NAME)
      throw invalid(
        `expected the name of a region of at most ${LONGEST_NAME} characters, found ${name.length}`,
      )
    const known = this.#regions.get(name)
    // Programs written for Triton look for these words.
    if (known !== undefined)
      throw new Refusal('already-exists', `shared memory region '${name}' already in manager`)
    if (this.#regions.size >= MOST_REGIONS)
      throw invalid(`${MOST_REGIONS} regions are registered, which is the most`)
    const file = openShared(name, key)
    const { size } = fstatSync(file)
    if (offset + byteSize > size) {
      closeSync(file)
      throw invalid(
        `region '${name}': ${key} has ${size} bytes, fewer than offset ${offset} and size ${byteSize} need`,
      )
    }
    this.#regions.set(name, { name, key, offset, byteSize, file, users: 0, isRegistered: true })
  }

  /** Does nothing if there is no such region. */
  unregister(name: string): void {
    const region = this.#regions.get(name)
    if (region === undefined) return
    this.#regions.delete(name)
    region.isRegistered = false
    closeUnused(region)
  }

  unregisterAll(): void {
    for (const name of [...this.#regions.keys()]) this.unregister(name)
  }

  /** All regions, or the one with this name. @throws Refusal `not-found` */
  status(name: string): RegionStatus[] {
    if (name === '') return [...this.#regions.values()]
    return [this.#named(name)]
  }

  /** Holds the parts of regions that one request uses. */
  lease(): RegionLease {
    return new RegionLease((name) => this.#named(name))
  }

  #named(name: string): Region {
    const region = this.#regions.get(name)
    if (region === undefined) throw new Refusal('not-found', `no region '${name}' is registered`)
    return region
  }
}

/** The parts of regions that a request uses. Their regions stay open until it releases them. */
export class RegionLease {
  readonly #named: (name: string) => Region
  readonly #held: Region[] = []

  constructor(named: (name: string) => Region) {
    this.#named = named
  }

  /** @throws Refusal `not-found` or `invalid` */
  hold(name: string, offset: number, byteSize: number): RegionPart {
    const region = this.#named(name)
    if (offset + byteSize > region.byteSize)
      throw invalid(
        `region '${name}' has ${region.byteSize} bytes, fewer than offset ${offset} and size ${byteSize} need`,
      )
    region.users++
    this.#held.push(region)
    return new RegionPart(region, offset, byteSize)
  }

  /** Call it when the request has ended. */
  release(): void {
    for (const region of this.#held.splice(0)) {
      region.users--
      closeUnused(region)
    }
  }
}

/** A part of a registered region: the bytes of an input, or room for an output. */
export class RegionPart implements TensorBytes {
  readonly byteLength: number
  readonly #region: Region
  /** The position of the first byte in the file. */
  readonly position: number

  constructor(region: Region, offset: number, byteSize: number) {
    this.#region = region
    this.position = region.offset + offset
    this.byteLength = byteSize
  }

  get name(): string {
    return this.#region.name
  }

  /** The file descriptor in this process; it is valid until the request ends. */
  get descriptor(): number {
    return this.#region.file
  }

  /** @throws Refusal `invalid` if the memory was cut short */
  contiguous(): Uint8Array {
    const bytes = new Uint8Array(this.byteLength)
    this.#read(bytes, 0)
    return bytes
  }

  /** @throws Refusal `invalid` if the memory was cut short */
  copyTo(target: Uint8Array): void {
    this.#read(target.subarray(0, this.byteLength), 0)
  }

  #read(into: Uint8Array, at: number): void {
    const read = readSync(this.#region.file, into, 0, into.byteLength, this.position + at)
    if (read < into.byteLength) throw this.cutShort()
  }

  /** @throws Refusal `invalid` if there is not enough room */
  write(bytes: Uint8Array): void {
    if (bytes.byteLength > this.byteLength)
      throw invalid(
        `region '${this.name}': expected room for ${bytes.byteLength} bytes, found ${this.byteLength}`,
      )
    if (bytes.byteLength === 0) return
    // Writing past the end would make the client's object grow again. Reading the last byte takes
    // less time than asking for the size.
    this.#read(ONE_BYTE, bytes.byteLength - 1)
    const written = writtenBytes(this.#region.file, bytes, this.position)
    if (written < bytes.byteLength)
      throw invalid(`region '${this.name}': ${SHARED_MEMORY} has no room left`)
  }

  /** The refusal for the client whose request uses this region. */
  cutShort(): Refusal {
    return invalid(`region '${this.name}': its shared memory was cut short`)
  }
}

/** How many bytes found room. Memory that a client left empty is only allocated when it is written. */
function writtenBytes(file: number, bytes: Uint8Array, position: number): number {
  try {
    return writeSync(file, bytes, 0, bytes.byteLength, position)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0
    throw error
  }
}

function closeUnused(region: Region): void {
  if (!region.isRegistered && region.users === 0) closeSync(region.file)
}

/** Opens a POSIX shared-memory object and no other file, whatever the key says. */
function openShared(name: string, key: string): number {
  const file = key.replace(/^\/+/, '')
  if (file === '' || file === '.' || file === '..' || file.includes('/') || file.includes('\0'))
    throw invalid(`region '${name}': expected the key of a shared-memory object, found '${key}'`)
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
  let opened: number
  try {
    if (OF_WORKERS.test(file)) throw new Error('not for clients')
    opened = openSync(join(SHARED_MEMORY, file), O_RDWR | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    throw invalid(`region '${name}': there is no shared memory with the key '${key}'`)
  }
  if (fstatSync(opened).isFile()) return opened
  closeSync(opened)
  throw invalid(`region '${name}': '${key}' is no shared memory`)
}
