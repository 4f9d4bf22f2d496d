import { writeFileSync } from 'node:fs'
import sqlite from 'node-sqlite3-wasm'
import type { Kernel } from '../profile.js'

/** A launch to be written in the form of some tool: the kernel, and when it ran, in ns. */
export interface Launch {
  readonly kernel: Omit<Kernel, 'durationUs'>
  readonly startNs: number
  readonly durationNs: number
  /** Which GPU; absent: the first. */
  readonly gpu?: number
}

/** Launches of kernels one after another, repeated, each with its time on all compute units. */
export function launches(
  kernels: readonly Kernel[],
  cus: number,
  { requests = 3, gapNs = 1000 } = {},
): Launch[] {
  let startNs = 5_000_000
  return Array.from({ length: requests }, () => kernels)
    .flat()
    .map((kernel) => {
      const durationNs = Math.round(kernel.durationUs[cus] * 1000)
      const launch = { kernel, startNs, durationNs }
      startNs += durationNs + gapNs
      return launch
    })
}

/**
 * GPU kernels as the PyTorch profiler exports them, in the form of Kineto's trace writer: times in µs,
 * unordered, mixed with other events and with a copy that the driver runs as a kernel.
 */
export function kinetoTrace(ran: readonly Launch[], gpu = { name: 'NVIDIA H200', numSms: 132 }) {
  const copy = { ...ran[0].kernel, name: 'memcpy128' }
  const events = [...ran, { ...ran[0], kernel: copy }]
    .toReversed()
    .map(({ kernel, startNs, durationNs, gpu: device = 0 }) => ({
      ...{ ph: 'X', cat: 'kernel', name: kernel.name, pid: 0, tid: 7 },
      ts: startNs / 1000,
      dur: durationNs / 1000,
      args: {
        ...{ device, stream: 7, grid: kernel.grid, block: kernel.block },
        'registers per thread': kernel.registers,
        'shared memory': kernel.sharedMemoryBytes,
      },
    }))
  const others = [
    { ph: 'X', cat: 'cpu_op', name: 'aten::linear', pid: 1, tid: 1, ts: 1, dur: 2 },
    { ph: 'X', cat: 'gpu_memset', name: 'Memset (Device)', pid: 0, tid: 7, ts: 5000, dur: 1 },
  ]
  return {
    schemaVersion: 1,
    deviceProperties: [{ id: 0, ...gpu }],
    traceEvents: [...others, ...events],
  }
}

/** The SQLite file that Nsight Systems exports, by the published schema of its tables. */
export function writeNsys(file: string, ran: readonly Launch[]): void {
  const names = [...new Set(ran.map(({ kernel }) => kernel.name))]
  writeDatabase(file, (db) => {
    db.exec(`
      CREATE TABLE StringIds (id INTEGER PRIMARY KEY, value TEXT NOT NULL);
      CREATE TABLE TARGET_INFO_GPU (id INTEGER, name TEXT, smCount INTEGER);
      CREATE TABLE TARGET_INFO_CUDA_DEVICE (gpuId INTEGER, cudaId INTEGER);
      CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER, "end" INTEGER, deviceId INTEGER,
        demangledName INTEGER, registersPerThread INTEGER, gridX INTEGER, gridY INTEGER, gridZ INTEGER,
        blockX INTEGER, blockY INTEGER, blockZ INTEGER, staticSharedMemory INTEGER,
        dynamicSharedMemory INTEGER);
      INSERT INTO TARGET_INFO_GPU VALUES (3, 'NVIDIA H200', 132);
      INSERT INTO TARGET_INFO_CUDA_DEVICE VALUES (3, 0);`)
    names.forEach((name, i) => {
      db.run('INSERT INTO StringIds VALUES (?, ?)', [i, name])
    })
    const insert = db.prepare(
      `INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (${Array(13).fill('?').join()})`,
    )
    for (const { kernel, startNs, durationNs } of ran) {
      const { name, grid, block, registers, sharedMemoryBytes } = kernel
      const shared = halves(sharedMemoryBytes)
      const shape = [names.indexOf(name), registers, ...grid, ...block, ...shared]
      insert.run([startNs, startNs + durationNs, 0, ...shape])
    }
    insert.finalize()
  })
}

/**
 * The database that rocprofv3 writes, as far as its view `kernels` shows it: grids in work-items.
 * @param agentIndex the column with the GPU's number, which versions spell differently
 */
export function writeRocpd(
  file: string,
  ran: readonly Launch[],
  agentIndex: 'agent_abs_index' | 'agent_absolute_index' = 'agent_abs_index',
): void {
  const symbols = [...new Map(ran.map(({ kernel }) => [kernel.name, kernel.registers]))]
  writeDatabase(file, (db) => {
    db.exec(`
      CREATE TABLE rocpd_info_kernel_symbol (id INTEGER, display_name TEXT, arch_vgpr_count INTEGER,
        accum_vgpr_count INTEGER);
      CREATE TABLE rocpd_info_agent (id INTEGER, type TEXT, absolute_index INTEGER, product_name TEXT);
      INSERT INTO rocpd_info_agent VALUES (1, 'CPU', 0, 'EPYC'), (2, 'GPU', 4, 'AMD Instinct MI50');
      CREATE TABLE dispatch (kernel_id INTEGER, gpu INTEGER, start BIGINT, "end" BIGINT,
        gx INTEGER, gy INTEGER, gz INTEGER, wx INTEGER, wy INTEGER, wz INTEGER, lds INTEGER);
      CREATE VIEW kernels AS SELECT s.display_name AS name, d.kernel_id, d.gpu AS ${agentIndex},
        d.start, d."end", d.gx AS grid_x, d.gy AS grid_y, d.gz AS grid_z, d.wx AS workgroup_x,
        d.wy AS workgroup_y, d.wz AS workgroup_z, d.lds AS lds_size
        FROM dispatch d JOIN rocpd_info_kernel_symbol s ON s.id = d.kernel_id;`)
    symbols.forEach(([name, registers], i) => {
      db.run('INSERT INTO rocpd_info_kernel_symbol VALUES (?, ?, ?, ?)', [
        i,
        name,
        ...halves(registers),
      ])
    })
    const insert = db.prepare(`INSERT INTO dispatch VALUES (${Array(11).fill('?').join()})`)
    for (const { kernel, startNs, durationNs } of ran) {
      const id = symbols.findIndex(([name]) => name === kernel.name)
      const items = kernel.grid.map((blocks, axis) => blocks * kernel.block[axis])
      const shape = [...items, ...kernel.block, kernel.sharedMemoryBytes]
      insert.run([id, 4, startNs, startNs + durationNs, ...shape])
    }
    insert.finalize()
  })
}

/** The `..._kernel_trace.csv` that rocprofv3 writes. */
export function rocprofCsv(ran: readonly Launch[]): string {
  const header =
    '"Kind","Agent_Id","Kernel_Name","Start_Timestamp","End_Timestamp","LDS_Block_Size","VGPR_Count","Accum_VGPR_Count","SGPR_Count","Workgroup_Size_X","Workgroup_Size_Y","Workgroup_Size_Z","Grid_Size_X","Grid_Size_Y","Grid_Size_Z"'
  const lines = ran.map(({ kernel, startNs, durationNs }) => {
    const name = `"${kernel.name.replaceAll('"', '""')}"`
    const times = [startNs, startNs + durationNs]
    const items = kernel.grid.map((blocks, axis) => blocks * kernel.block[axis])
    const registers = halves(kernel.registers)
    const shape = [kernel.sharedMemoryBytes, ...registers, 16, ...kernel.block, ...items]
    return ['"KERNEL_DISPATCH"', '"Agent 4"', name, ...times, ...shape].join()
  })
  return `${[header, ...lines].join('\n')}\n`
}

/** Splits a count into two parts, so that a test notices if either is ignored. */
function halves(count: number): [number, number] {
  return [count - (count >> 1), count >> 1]
}

function writeDatabase(
  file: string,
  fill: (database: InstanceType<typeof sqlite.Database>) => void,
): void {
  writeFileSync(file, '')
  const database = new sqlite.Database(file)
  database.exec('BEGIN')
  fill(database)
  database.exec('COMMIT')
  database.close()
}
