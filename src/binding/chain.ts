import type { Chain, ChainStep, Completion } from './partitioned-device.js'

/**
 * A chain for devices that cannot submit one as a graph. Each kernel is launched on its stream, and
 * each change of stream waits for the mark of the previous stream.
 */
export class StreamChain implements Chain {
  readonly #steps: readonly ChainStep[]

  constructor(steps: readonly ChainStep[]) {
    this.#steps = steps
  }

  submit(): Completion {
    let current = this.#steps[0].stream
    for (const { stream, launch } of this.#steps) {
      if (stream !== current) {
        const mark = current.record()
        stream.wait(mark)
        mark.release()
        current = stream
      }
      stream.launch(launch)
    }
    return current.record()
  }

  close(): void {}
}
