import { catalog } from '../device/catalog/registry.js'
import { type Device, isModelled, totalCus } from '../device/device.js'
import { measuredCus, requestUs } from '../profile/duration.js'
import { ownDevices, readProfile, shippedProfileFiles } from './library.js'
import { libraryFolder, ownProfileFiles, type ProfileFile } from './library-folder.js'

/** The owner of an entry: the user's own, shipped, or shipped but hidden by one of the user's own. */
export type Owner = 'own' | 'shipped' | 'hidden'

export interface ListedDevice {
  readonly name: string
  readonly owner: Owner
  readonly cus: number
  readonly granules: number
  /** Whether its numbers come from data sheets and estimates instead of a device. */
  readonly isModelled: boolean
  readonly driverName?: string | undefined
  /** Date of measurement in ISO form. */
  readonly date?: string | undefined
  readonly software?: Readonly<Record<string, string>> | undefined
}

export interface ListedProfile {
  readonly model: string
  readonly batch: number
  readonly device: string
  readonly owner: Owner
  readonly source: 'measured' | 'synthesized' | 'imported'
  readonly kernels: number
  /** The latency of a lone request on the most compute units that were measured, in ms. */
  readonly latencyMs: number
  /** Date of measurement in ISO form. */
  readonly date?: string | undefined
  readonly software?: Readonly<Record<string, string>> | undefined
  readonly file: string
}

export interface Listing {
  readonly folder: string
  readonly devices: readonly ListedDevice[]
  readonly profiles: readonly ListedProfile[]
}

/**
 * Everything that can be used for planning, the user's own first.
 * @throws InputError for a file that is wrong
 */
export function listLibrary(): Listing {
  const own = ownDevices()
  const ownNames = own.map(({ name }) => name)
  const ownFiles = ownProfileFiles()
  const ownKeys = new Set(ownFiles.map(keyOf))
  return {
    folder: libraryFolder(),
    devices: [
      ...own.map((device) => listedDevice(device, 'own')),
      ...[...catalog.values()].map((device) =>
        listedDevice(device, ownNames.includes(device.name) ? 'hidden' : 'shipped'),
      ),
    ],
    profiles: [
      ...ownFiles.map((file) => listedProfile(file, 'own')),
      ...shippedProfileFiles().map((file) =>
        listedProfile(file, ownKeys.has(keyOf(file)) ? 'hidden' : 'shipped'),
      ),
    ],
  }
}

function keyOf({ device, model, batch }: ProfileFile): string {
  return `${device}/${model}/${batch}`
}

function listedDevice(device: Device, owner: Owner): ListedDevice {
  const { name, driverName, date, software } = device
  const granules = device.granules.length
  return {
    name,
    owner,
    cus: totalCus(device),
    granules,
    isModelled: isModelled(device),
    driverName,
    date,
    software,
  }
}

function listedProfile({ file }: ProfileFile, owner: Owner): ListedProfile {
  const profile = readProfile(file)
  const { model, batch, device, source, date, software } = profile
  const kernels = profile.kernels.length
  const latencyMs = requestUs(profile, Math.max(...measuredCus(profile))) / 1000
  return { model, batch, device, owner, source, kernels, latencyMs, date, software, file }
}
