/** Files as memory of this process, which Node's file system calls cannot give. */
import koffi from 'koffi'

/** Of `mmap`, on Linux. */
const READ_WRITE = 3
const SHARED = 1
const FAILED = 2n ** 64n - 1n

/** The first bytes of a file, shared with every process that has it mapped. */
export class MappedFile {
  readonly #address: unknown
  #bytes: Uint8Array | undefined

  /**
   * @param descriptor of a file open for reading and writing, at least so long; it may be closed after
   * @throws Error if the system does not map it
   */
  constructor(descriptor: number, byteCount: number) {
    this.#address = libc().mmap(null, byteCount, READ_WRITE, SHARED, descriptor, 0)
    if (koffi.address(this.#address) === FAILED)
      throw new Error(`${byteCount} bytes could not be mapped`)
    this.#bytes = new Uint8Array(koffi.view(this.#address, byteCount))
  }

  /**
   * What is in the file. Neither this nor a part of it may be touched once the file is unmapped or was cut
   * shorter: the process would end.
   * @throws Error if it is unmapped
   */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error('the file is unmapped')
    return this.#bytes
  }

  /** Does nothing a second time. */
  unmap(): void {
    if (this.#bytes === undefined) return
    const { byteLength } = this.#bytes
    this.#bytes = undefined
    libc().munmap(this.#address, byteLength)
  }
}

interface Libc {
  mmap(at: null, size: number, access: number, kind: number, file: number, offset: number): unknown
  munmap(address: unknown, size: number): number
}

let loaded: Libc | undefined

/** Loaded when it is first used, since most commands map nothing. */
function libc(): Libc {
  if (loaded !== undefined) return loaded
  const library = koffi.load(null)
  loaded = {
    mmap: library.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
    munmap: library.func('int munmap(void *, size_t)'),
  }
  return loaded
}
