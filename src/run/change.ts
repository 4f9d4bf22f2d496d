/** A change of what a program is held to while it runs: which parts take effect at once, and which do not. */
import { z } from 'zod'
import { haveSameModels, isGranuleList } from './granule-list.js'
import type { Terms } from './mps-terms.js'
import { parsePriority } from './priority.js'
import { parseShare } from './share.js'

const parsedBy = (parse: (text: string) => unknown) =>
  z.string().refine((text) => parse(text) !== undefined)

/** A change as it is asked for, in the words of the command line. */
export const changeSchema = z.strictObject({
  program: z.string(),
  share: parsedBy(parseShare).optional(),
  priority: parsedBy(parsePriority).optional(),
  yield: z.enum(['on', 'off']).optional(),
  granules: z.string().refine(isGranuleList).optional(),
  /** Whether the program may be ended and started again for it. */
  restart: z.boolean(),
})
export type Change = z.infer<typeof changeSchema>

/** What a program is held to: terms between processes, or granules within one process. */
export interface Held extends Terms {
  readonly granules?: string | undefined
}

/** Whether a program is started once, or again when it has ended. */
export type Starts = 'once' | 'again'

/** One part of what was asked for, and when it takes effect. */
export interface Part {
  readonly what: string
  readonly value: Held
  readonly holds: 'now' | 'later' | 'never'
  /** What the part is true of, or why it is so. */
  readonly because: string
}

/** When each part of a change takes effect. */
export function partsOf(held: Held, change: Change, starts: Starts): Part[] {
  const { share, priority, granules, yield: yields } = change
  const parts = [
    ...(share === undefined ? [] : [sharePart(held, share)]),
    ...(priority === undefined ? [] : [priorityPart(held, priority)]),
    ...(yields === undefined ? [] : [yieldPart(held, yields)]),
    ...(granules === undefined ? [] : [granulesPart(held, granules)]),
  ]
  return starts === 'again' ? parts : parts.map(withoutLater)
}

/** A program that nobody starts again has no later start, at which the part could take effect. */
function withoutLater(part: Part): Part {
  return part.holds === 'later' ? { ...part, holds: 'never' } : part
}

function sharePart({ granules }: Held, text: string): Part {
  const part = { what: `share ${text}`, value: { share: parseShare(text) } }
  if (granules !== undefined)
    return { ...part, holds: 'never', because: 'it runs on granules, without MPS' }
  return { ...part, holds: 'later', because: 'MPS fixes a share when a program starts' }
}

function priorityPart({ granules, priority }: Held, text: string): Part {
  const asked = parsePriority(text)
  const level = asked === 'normal' ? 0 : asked
  const part = { what: `priority ${text}`, value: { priority: asked } }
  if (granules !== undefined)
    return { ...part, holds: 'never', because: 'it runs on granules, without a priority' }
  if (level === 'low' || priority === 'low')
    return { ...part, holds: 'later', because: 'MPS decides on "low" when a program starts' }
  if (typeof priority !== 'number')
    return { ...part, holds: 'later', because: 'it was started without a level, such as 0' }
  const because = 'from the next launch'
  return { ...part, value: { priority: level }, holds: 'now', because }
}

function yieldPart({ granules, priority, yields }: Held, text: 'on' | 'off'): Part {
  const part = { what: `yield ${text}`, value: { yields: text === 'on' } }
  if (granules !== undefined)
    return { ...part, holds: 'never', because: 'it runs on granules, without a priority' }
  if (yields === undefined && typeof priority !== 'number')
    return { ...part, holds: 'later', because: 'it was started without --yield or a level' }
  return { ...part, holds: 'now', because: 'from the next launch' }
}

function granulesPart({ granules }: Held, text: string): Part {
  const part = { what: `granules ${text}`, value: { granules: text } }
  if (granules === undefined)
    return { ...part, holds: 'never', because: 'it runs under MPS, where there are none' }
  if (!haveSameModels(granules, text))
    return { ...part, holds: 'never', because: `its models stay those of ${granules}` }
  const because = 'for new streams and graphs; those that are there stay where they are'
  return { ...part, holds: 'now', because }
}
