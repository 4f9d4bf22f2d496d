import { useEffect, useState } from 'preact/hooks'
import type { ServerState } from '../../src/serve/telemetry/state.js'
import { appendPoint, hasGap, type Points } from './history.js'
import { fetchHistory, fetchState, KeyNeeded } from './server.js'

const POLL_MS = 1000

export interface ServerView {
  readonly state: ServerState | undefined
  readonly history: Points
  /** `lost`: the last poll failed, so what is shown is older. */
  readonly connection: 'starting' | 'live' | 'lost' | 'key-needed'
  readonly problem: string
}

const NOTHING_YET: ServerView = {
  state: undefined,
  history: [],
  connection: 'starting',
  problem: '',
}

/**
 * The state of the server, fetched once a second while the page is visible and not paused.
 * @param attempt a new number fetches at once, for example after the key has changed
 */
export function useServer(isPaused: boolean, attempt: number): ServerView {
  const [view, setView] = useState(NOTHING_YET)
  useEffect(() => {
    if (isPaused) return
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let current = view
    const poll = async (): Promise<void> => {
      if (!document.hidden) current = await nextView(current)
      if (isOver) return
      setView(current)
      timer = setTimeout(poll, POLL_MS)
    }
    void poll()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [isPaused, attempt])
  return view
}

/** What the page knows after it has asked the server once more. */
async function nextView(view: ServerView): Promise<ServerView> {
  try {
    const state = await fetchState()
    const known = hasGap(view.history, state) ? (await fetchHistory()).points : view.history
    const history = appendPoint(known, state)
    return { state, history, connection: 'live', problem: '' }
  } catch (error) {
    if (error instanceof KeyNeeded) return { ...view, connection: 'key-needed' }
    const problem = error instanceof Error ? error.message : String(error)
    return { ...view, connection: 'lost', problem }
  }
}
