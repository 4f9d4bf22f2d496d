/**
 * OpenCL C on a CPU. A compute unit is a worker thread of the OpenCL runtime, so its number is the
 * thread's id. Holding a unit means sleeping, so 60 compute units behave as 60 on any number of
 * cores. OpenCL C has neither a clock nor thread ids; both are system calls of x86-64 Linux. One
 * tick is one nanosecond.
 */
export const OPENCL_CPU_PRELUDE = `
typedef unsigned int u32;
#define KERNEL __kernel void
#define GLOBAL __global
#define GROUP get_group_id(0)
#define THREAD get_global_id(0)
#define THREADS get_global_size(0)
#define SYS_NANOSLEEP 35
#define SYS_GETTID 186
long system_call(long number, long first, long second) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second)
                   : "rcx", "r11", "memory");
  return result;
}
void hold(u32 ticks) {
  long duration[2] = {ticks / 1000000000, ticks % 1000000000};
  system_call(SYS_NANOSLEEP, (long)duration, 0);
}
u32 compute_unit() { return (u32)system_call(SYS_GETTID, 0, 0); }
`

export const TICKS_PER_US = 1000
