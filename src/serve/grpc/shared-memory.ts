import { Refusal } from '../refusal.js'
import type { Handlers } from './handlers.js'

export const systemSharedMemoryStatus: Handlers['systemSharedMemoryStatus'] = (
  { service },
  { name },
) => {
  const entries = service.memory.status(name).map((region) => [
    region.name,
    {
      name: region.name,
      key: region.key,
      offset: BigInt(region.offset),
      byteSize: BigInt(region.byteSize),
    },
  ])
  return { regions: Object.fromEntries(entries) }
}

export const systemSharedMemoryRegister: Handlers['systemSharedMemoryRegister'] = (
  { service },
  { name, key, offset, byteSize },
) => {
  service.memory.register(name, key, size('offset', offset), size('byte_size', byteSize))
  return {}
}

function size(name: string, value: bigint): number {
  if (value <= Number.MAX_SAFE_INTEGER) return Number(value)
  throw new Refusal('invalid', `${name}: expected a number of bytes, found ${value}`)
}

export const systemSharedMemoryUnregister: Handlers['systemSharedMemoryUnregister'] = (
  { service },
  { name },
) => {
  if (name === '') service.memory.unregisterAll()
  else service.memory.unregister(name)
  return {}
}

/** This server never registers regions on the device, and tells clients so if they ask. */
export const cudaSharedMemoryStatus: Handlers['cudaSharedMemoryStatus'] = () => ({ regions: {} })

/** Clients clean up whether or not they have registered anything. */
export const cudaSharedMemoryUnregister: Handlers['cudaSharedMemoryUnregister'] = () => ({})
