import type { Profile } from '../profile/profile.js'

/** Launches that the device cannot tell apart: one model at one batch size under one share. */
export interface LaunchClass {
  readonly profile: Profile
  /** Compute units it may use at once. */
  readonly share: number
}

/** The same for equal classes and different for others, across plans too. */
export function classKey({ profile, share }: LaunchClass): string {
  return `${profile.model}/${profile.batch}@${share}`
}

/** What runs on the device together: how many launches of each class. */
export interface DeviceState {
  readonly classes: readonly LaunchClass[]
  /** Launches of each class, 0 or more. */
  readonly counts: readonly number[]
}

/** The same for states in which the same launches run, whatever the order of their classes. */
export function stateKey({ classes, counts }: DeviceState): string {
  return classes
    .flatMap((one, i) => (counts[i] > 0 ? [`${counts[i]}x${classKey(one)}`] : []))
    .sort()
    .join('+')
}
