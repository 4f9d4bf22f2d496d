import { describe, InputError } from '../errors.js'

/** A worker of a mix. */
export interface ShorthandWorker {
  readonly model: string
  readonly batch: number
  readonly replicas: number
}

/** `2*vgg19/8`: replicas, model and batch. Replicas and batch may be left out. */
const WORKER = /^(?:([1-9]\d*)\*)?([\w.-]+)(?:\/([1-9]\d*))?$/

/**
 * The workers of a mix written as `vgg19/8+albert/1`, with replicas as `2*vgg19/8+albert/1`, or
 * with one batch for all workers that have none of their own, as `resnet152+vgg19@32`.
 * @returns undefined for a text that is not a mix, such as the name of a file
 * @throws InputError for a worker without a batch
 */
export function parseShorthand(text: string): ShorthandWorker[] | undefined {
  const [, mix = '', common] = /^([^@]*)(?:@([1-9]\d*))?$/.exec(text) ?? []
  const workers = mix.split('+').map((worker) => WORKER.exec(worker))
  const hasBatch = common !== undefined || workers.some((worker) => worker?.[3] !== undefined)
  if (!workers.every((worker) => worker !== null)) return undefined
  if (workers.length === 1 && !hasBatch) return undefined
  return workers.map(([, replicas = '1', model, batch = common]) => {
    if (batch !== undefined) return { model, batch: Number(batch), replicas: Number(replicas) }
    const expected = `a batch, as in ${model}/8`
    throw new InputError({ file: text, expected, found: `${describe(model)} alone` })
  })
}
