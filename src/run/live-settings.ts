/** Settings for the native library in a program, in a file that the library looks at while the program runs. */
import { openSync, writeSync } from 'node:fs'
import { writing } from '../io/write.js'

/** The layout of the file is that of `native/settings.c`. */
const BYTES = 4096
const AT = { changes: 0, priority: 4, yields: 8, granules: 12 } as const
/** To the library, this value means no priority at all, and a program that never yields. */
const NONE = -1

/** Levels above the lowest, whether it yields, and a list of granules. Values that are left out are not set. */
export interface LiveValues {
  readonly priority?: number | undefined
  readonly yields?: boolean | undefined
  readonly granules?: string | undefined
}

/** The settings of one program and of all processes that it starts. The owner of the folder removes the file. */
export class LiveSettings {
  readonly #file: string
  readonly #descriptor: number
  #changes = 0

  /**
   * Creates the file, whose folder must exist, with room for all values: later changes need none on the disk.
   * @throws WorkError if it cannot be written
   */
  constructor(file: string) {
    this.#file = file
    this.#descriptor = writing(file, () => openSync(file, 'w', 0o600))
    writing(file, () => writeSync(this.#descriptor, Buffer.alloc(BYTES)))
  }

  /** The environment through which programs find the file. */
  get environment(): Readonly<Record<string, string>> {
    return { ECLIP_SETTINGS: this.#file }
  }

  /**
   * Changes the values for launches, streams and graphs from now on.
   * @param values all of the values; the library ignores them if they name other models than at
   * first
   */
  change({ priority = NONE, yields, granules = '' }: LiveValues): void {
    const content = Buffer.alloc(BYTES - AT.priority)
    content.writeInt32LE(priority)
    content.writeInt32LE(yields === undefined ? NONE : Number(yields), AT.yields - AT.priority)
    content.write(granules, AT.granules - AT.priority)
    // An odd number tells readers that the values are incomplete.
    this.#writeChanges()
    writeSync(this.#descriptor, content, 0, content.length, AT.priority)
    this.#writeChanges()
  }

  #writeChanges(): void {
    this.#changes++
    const word = Buffer.alloc(4)
    word.writeUInt32LE(this.#changes)
    writeSync(this.#descriptor, word, 0, word.length, AT.changes)
  }
}
