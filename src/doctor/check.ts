/** `absent` is not a failure, since no machine has the GPUs of every vendor. */
export type CheckStatus = 'ok' | 'absent' | 'failed'

/** One thing that was checked, and the result. */
export interface Check {
  readonly name: string
  readonly status: CheckStatus
  readonly detail: string
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail }
}

export function absent(name: string, detail: string): Check {
  return { name, status: 'absent', detail }
}

export function failed(name: string, detail: string): Check {
  return { name, status: 'failed', detail }
}
