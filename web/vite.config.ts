import { defineConfig } from 'vite'

// Everything the page needs is in three files of fixed names, which the server sends from its own
// package: nothing is fetched from elsewhere.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      output: {
        entryFileNames: 'dashboard.js',
        chunkFileNames: 'dashboard-[name].js',
        assetFileNames: 'dashboard[extname]',
      },
    },
  },
})
