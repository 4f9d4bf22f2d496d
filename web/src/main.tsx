import { render } from 'preact'
import { STYLE } from '../../src/report/kit/style.js'
import { App } from './app.js'
import './dashboard.css'

// Reports and the dashboard look alike: one style sheet, with the page's own rules behind it.
const style = document.createElement('style')
style.textContent = STYLE
document.head.prepend(style)

render(<App />, document.body)
