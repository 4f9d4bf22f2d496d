import type { Launch } from './launch.js'
import type { Operation } from './operation.js'

/** What a launch depends on besides the operation. */
export interface LaunchContext {
  readonly batch: number
  /** The compute units of the whole device, since libraries choose their tiles by it. */
  readonly cus: number
}

/** The kernels that each kind of operation becomes for a batch, in order. */
export type LaunchRules = {
  readonly [K in Operation['kind']]: (
    operation: Operation & { readonly kind: K },
    context: LaunchContext,
  ) => Launch[]
}

/** How a framework and its libraries run a network. */
export interface Framework {
  readonly software: Readonly<Record<string, string>>
  readonly dtype: 'float16' | 'float32'
  readonly rules: LaunchRules
}

/** The kernels of one operation for a batch, in order. */
export function launchesOf(
  { rules }: Framework,
  operation: Operation,
  context: LaunchContext,
): Launch[] {
  const rule = rules[operation.kind] as (of: Operation, context: LaunchContext) => Launch[]
  return rule(operation, context)
}
