/** What the native library in a program goes by, in a file that it looks at while the program runs. */
import { openSync, writeSync } from 'node:fs'

/** As `native/settings.c` lays the file out. */
const BYTES = 4096
const AT = { changes: 0, priority: 4, yields: 8, granules: 12 } as const
/** The library takes this for no priority at all, and for a program that never yields. */
const NONE = -1

/** Levels above the lowest, whether it yields, and a list of granules; what is left out is not set. */
export interface LiveValues {
  readonly priority?: number | undefined
  readonly yields?: boolean | undefined
  readonly granules?: string | undefined
}

/** The settings of one program, and of all processes that it starts. Who made their folder removes them. */
export class LiveSettings {
  readonly #file: string
  readonly #descriptor: number
  #changes = 0

  /** Makes the file, whose folder has to exist. */
  constructor(file: string) {
    this.#file = file
    this.#descriptor = openSync(file, 'w', 0o600)
    writeSync(this.#descriptor, Buffer.alloc(BYTES))
  }

  /** Through this, programs find the file. */
  get environment(): Readonly<Record<string, string>> {
    return { ECLIP_SETTINGS: this.#file }
  }

  /**
   * Changes the values for launches, streams and graphs from now on.
   * @param values all of them: the library ignores them where they name other models than at first
   */
  change({ priority = NONE, yields, granules = '' }: LiveValues): void {
    const content = Buffer.alloc(BYTES - AT.priority)
    content.writeInt32LE(priority)
    content.writeInt32LE(yields === undefined ? NONE : Number(yields), AT.yields - AT.priority)
    content.write(granules, AT.granules - AT.priority)
    // An odd number tells readers that what follows is not complete.
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
