/** Files mapped into the memory of this process, which Node's file system calls cannot do. */
import koffi from 'koffi'

/** Flag of `mmap` on Linux. */
const READ_WRITE = 3
const SHARED = 1
const FAILED = 2n ** 64n - 1n

/** The first bytes of a file, shared with every process that maps it. */
export class MappedFile {
  readonly #address: unknown
  #bytes: Uint8Array | undefined

  /**
   * @param descriptor of a file open for reading and writing that has at least `byteCount` bytes; it
   * may be closed afterwards
   * @throws Error if the system does not map it
   */
  constructor(descriptor: number, byteCount: number) {
    this.#address = libc().mmap(null, byteCount, READ_WRITE, SHARED, descriptor, 0)
    if (koffi.address(this.#address) === FAILED)
      throw new Error(`${byteCount} bytes could not be mapped`)
    this.#bytes = new Uint8Array(koffi.view(this.#address, byteCount))
  }

  /**
   * The content of the file. Neither this nor a part of it may be touched once the file has been unmapped
   * or truncated: the process would end.
   * @throws Error if it has been unmapped
   */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error('the file is unmapped')
    return this.#bytes
  }

  /** Unmaps the file; calling it again does nothing. */
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

/** Loaded on first use, since most commands map nothing. */
function libc(): Libc {
  if (loaded !== undefined) return loaded
  const library = koffi.load(null)
  loaded = {
    mmap: library.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
    munmap: library.func('int munmap(void *, size_t)'),
  }
  return loaded
}
