import { defineConfig } from 'vite'

const packages = `${import.meta.dirname}/../`

/** What each view needs is one file, and the list of leads another: a file for each part would cost requests and bytes. */
const FRAME =
  /\/node_modules\/preact\/|\/packages\/(?:client\/|web\/texts\/texts\.ts|web\/frame\/(?!help|dialog|toast-list|settings|choices|copy|cross|panel|table).+\.tsx?$)/
const LIST = /\/web\/leads\/(?!en\.ts|tr\.ts|selection-bar)[a-z-]+\.tsx?$|\/leads\/work\/work\.ts$/

/** The policy of the page refuses inline scripts and styles, and data: addresses, so Vite must write none. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    alias: [
      { find: /^#(.+\.(?:tsx|css))$/, replacement: `${packages}$1` },
      { find: /^#(.+)$/, replacement: `${packages}$1.ts` },
    ],
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome123', 'firefox123', 'safari18'],
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_file, needed) => needed.filter((file) => file.endsWith('.css')),
    },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'frame', test: FRAME },
            { name: 'list', test: LIST },
          ],
        },
      },
    },
  },
  server: { proxy: { '^/(api|docs|openapi.json|healthz)': 'http://127.0.0.1:8787' } },
})
