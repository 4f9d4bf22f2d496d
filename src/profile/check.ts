import { type Device, totalCus } from '../device/device.js'
import { describe, expectIn } from '../errors.js'
import { blockThreads, type Profile } from './profile.js'

/**
 * Checks that a profile fits a device: the device's name, numbers of compute units that the device has,
 * and blocks that fit on one compute unit.
 * @param file name of the profile in the error
 * @throws InputError naming the path, what was expected and what was found
 */
export function checkProfile(profile: Profile, device: Device, file: string): void {
  const { cu } = device
  const expect = expectIn(file)
  const made = `a profile made on ${device.name}`
  expect(profile.device === device.name, 'device', made, describe(profile.device))
  const cus = totalCus(device)
  profile.kernels.forEach((kernel, k) => {
    const threads = blockThreads(kernel)
    const registers = kernel.registers * threads
    const most = (what: string, limit: number): string => `at most ${limit} ${what} a block`
    const path = `kernels[${k}]`
    const beyond = Object.keys(kernel.durationUs).find((count) => Number(count) > cus)
    expect(beyond === undefined, `${path}.durationUs`, `at most ${cus} compute units`, beyond)
    expect(threads <= cu.threads, `${path}.block`, most('threads', cu.threads), threads)
    expect(
      registers <= cu.registers,
      `${path}.registers`,
      most('registers', cu.registers),
      registers,
    )
    expect(
      kernel.sharedMemoryBytes <= cu.sharedMemoryBytes,
      `${path}.sharedMemoryBytes`,
      most('bytes', cu.sharedMemoryBytes),
      kernel.sharedMemoryBytes,
    )
  })
}
