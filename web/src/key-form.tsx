import { useState } from 'preact/hooks'
import { keepKey } from './server.js'

/** Asks for the API key, without which the server answers nothing. */
export function KeyForm({ onKey }: { readonly onKey: () => void }) {
  const [key, setKey] = useState('')
  return (
    <main>
      <header>
        <h1>This server asks for a key</h1>
        <p class="lead">It is kept until this tab is closed, and sent to this server only.</p>
      </header>
      <form
        class="trial"
        onSubmit={(event) => {
          event.preventDefault()
          keepKey(key)
          onKey()
        }}
      >
        <label>
          API key
          <input
            type="password"
            autocomplete="off"
            required
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <div class="buttons">
          <button type="submit">Show the dashboard</button>
        </div>
      </form>
    </main>
  )
}
