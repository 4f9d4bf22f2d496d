import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

/** NVML with two GPUs. The first one has two processes, the second one reports nothing. */
const FAKE_NVML = `
#include <stddef.h>
struct sample { unsigned pid; unsigned long long time; unsigned sm, memory, encoder, decoder; };
struct info { unsigned pid; unsigned long long bytes; unsigned gi, ci; };
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { return *count = 2, 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device) { return *device = (void *)(size_t)(i + 1), 0; }
int nvmlDeviceGetPowerUsage(void *device, unsigned *mw) { return *mw = 150000, device != (void *)1; }
int nvmlDeviceGetProcessUtilization(void *device, struct sample *to, unsigned *count, unsigned long long since) {
  if (device != (void *)1) return 6;
  to[0] = (struct sample){7, since + 1, 35, 1, 2, 3};
  to[1] = (struct sample){8, since + 1, since == 5 ? 60 : 0, 1, 2, 3};
  return *count = 2, 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct info *to) {
  to[0] = (struct info){7, 5000000000ull, 0, 0};
  to[1] = (struct info){9, ~0ull, 0, 0};
  return *count = 2, device != (void *)1;
}
int nvmlDeviceGetMPSComputeRunningProcesses_v3(void *device, unsigned *count, struct info *to) {
  to[0] = (struct info){8, 6, 0, 0};
  return *count = 1, device != (void *)1;
}`

const hasCompiler = spawnSync('cc', ['--version']).status === 0
const PROCESSES = new URL('./processes.js', import.meta.url).href

test('what NVML reports about processes and power', {
  skip: hasCompiler ? false : 'no C compiler',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-nvml-'))
  try {
    const library = join(folder, 'libnvidia-ml.so.1')
    const words = ['-x', 'c', '-shared', '-fPIC', '-o', library, '-']
    assert.equal(spawnSync('cc', words, { input: FAKE_NVML }).status, 0)
    const script = `import { openGpuProcesses } from '${PROCESSES}'
      console.log(JSON.stringify(openGpuProcesses().use(5)))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, LD_LIBRARY_PATH: folder },
      encoding: 'utf8',
    })
    assert.deepEqual(JSON.parse(stdout || stderr), {
      processes: [
        { pid: 7, memoryBytes: 5e9 },
        { pid: 9 },
        { pid: 8, memoryBytes: 6 },
        { pid: 7, smPercent: 35 },
        { pid: 8, smPercent: 60 },
      ],
      powerW: 150,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
