import type { Device } from '../../device/device.js'
import type { Profile } from '../../profile/profile.js'

/** Results for a profile on a device, kept for as long as both are: a search asks for the same few hundreds of times. */
export class ProfileCache<Key, Value> {
  readonly #known = new WeakMap<Device, WeakMap<Profile, Map<Key, Value>>>()

  get(device: Device, profile: Profile, key: Key, make: () => Value): Value {
    const ofDevice = this.#known.get(device) ?? new WeakMap<Profile, Map<Key, Value>>()
    this.#known.set(device, ofDevice)
    const ofProfile = ofDevice.get(profile) ?? new Map<Key, Value>()
    ofDevice.set(profile, ofProfile)
    const value = ofProfile.get(key) ?? make()
    ofProfile.set(key, value)
    return value
  }
}
