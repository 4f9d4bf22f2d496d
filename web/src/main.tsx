import { render } from 'preact'
import { STYLE } from '../../src/report/kit/style.js'
import { App } from './app.js'
import './dashboard.css'

// Reports and the dashboard share one style sheet, so that they look alike. The page adds rules of its own.
const style = document.createElement('style')
style.textContent = STYLE
document.head.prepend(style)

render(<App />, document.body)
