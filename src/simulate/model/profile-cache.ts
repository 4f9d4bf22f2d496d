import type { Device } from '../../device/device.js'
import { getOrMake } from '../../maps.js'
import type { Profile } from '../../profile/profile.js'

/** Results for a profile on a device, kept for as long as both are: a search asks for the same few hundreds of times. */
export class ProfileCache<Key, Value> {
  readonly #known = new WeakMap<Device, WeakMap<Profile, Map<Key, Value>>>()

  get(device: Device, profile: Profile, key: Key, make: () => Value): Value {
    const ofDevice = getOrMake(this.#known, device, () => new WeakMap())
    const ofProfile = getOrMake(ofDevice, profile, () => new Map())
    return getOrMake(ofProfile, key, make)
  }
}
