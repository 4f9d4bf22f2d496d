import type { Device } from '../device/device.js'
import { describe, InputError } from '../errors.js'
import { sum } from '../numbers.js'
import type { Profile } from '../profile/profile.js'
import type { Point } from '../validate/points.js'
import { pointsFileSchema } from '../validate/points-file.js'
import type { ProfileLookup } from '../validate/scenario-of.js'
import { type Asked, loadDevice, loadProfile } from './library.js'
import { readFile } from './read.js'

/** Measured points from one or more files for the same device, checked against the profiles. */
export interface MeasuredPoints {
  readonly device: Device
  readonly points: readonly Point[]
  readonly profileOf: ProfileLookup
}

/**
 * Reads files of measured points.
 * @param deviceName a device to use instead of the files' own, e.g. a calibrated one
 * @param askedIn where that name was given, for the error
 * @throws InputError if a file is wrong, or names a model without a profile
 */
export function loadPoints(
  files: readonly string[],
  deviceName?: string,
  askedIn = 'device',
): MeasuredPoints {
  if (!Array.isArray(files) || files.length === 0) {
    const expected = 'one or more of measured points'
    throw new InputError({ file: 'files', expected, found: describe(files) })
  }
  const read = files.map((file) => ({ file, content: readFile(file, pointsFileSchema) }))
  const first = read[0]
  const device = loadDevice(deviceName ?? first.content.device, first.file, 'device')
  for (const { file, content } of read) {
    if (content.device === first.content.device) continue
    const expected = `${first.content.device}, as in ${first.file}`
    throw new InputError({ file, path: 'device', expected, found: content.device })
  }
  const from = first.content.device
  if (deviceName !== undefined && device.name !== from) {
    const expected = `a device named ${from}, on which the points were measured`
    throw new InputError({ file: askedIn, path: 'name', expected, found: device.name })
  }
  const lookUp = profilesOf(device.name)
  for (const { file, content } of read) {
    content.points.forEach((point, i) => {
      checkPoint(point, device, lookUp, { file, path: `points[${i}]` })
    })
  }
  const place = { file: first.file, path: 'points' }
  return {
    device,
    points: read.flatMap(({ content: { points, memsets } }) =>
      points.map((point) => ({ memsets, ...point })),
    ),
    profileOf: (model, batch) => lookUp(model, batch, place),
  }
}

type LookUp = (model: string, batch: number, asked: Asked) => Profile

/** Finds each profile of a device once, since a calibration asks for the same few some ten thousand times. */
function profilesOf(device: string): LookUp {
  const found = new Map<string, Profile>()
  return (model, batch, asked) => {
    const key = `${model}/${batch}`
    const profile = found.get(key) ?? loadProfile(device, model, batch, asked)
    found.set(key, profile)
    return profile
  }
}

/**
 * Checks the plan of a point. Error paths end at the worker, because the formats of points name the
 * worker's groups differently.
 */
function checkPoint(point: Point, device: Device, lookUp: LookUp, { file, path }: Asked): void {
  point.workers.forEach(({ model, batch, groups }, w) => {
    const place = { file, path: `${path}.workers[${w}]` }
    const profile = lookUp(model, batch, place)
    const kernels = sum(groups.map((group) => group.kernels))
    if (kernels !== profile.kernels.length) {
      const expected = `groups of ${profile.kernels.length} kernels in all`
      throw new InputError({ ...place, expected, found: `${kernels}` })
    }
    groups.forEach(({ granules, priority }, g) => {
      const outside = granules.find((granule) => granule >= device.granules.length)
      if (outside !== undefined) {
        const expected = `granules below ${device.granules.length}`
        throw new InputError({ ...place, expected, found: `${outside} in group ${g}` })
      }
      if (priority >= device.priorityLevels) {
        const expected = `priorities below ${device.priorityLevels}`
        throw new InputError({ ...place, expected, found: `${priority} in group ${g}` })
      }
    })
  })
}
