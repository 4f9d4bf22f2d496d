export { baseline as windows } from './baseline.js'
