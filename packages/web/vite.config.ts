import { defineConfig } from 'vite'

const packages = `${import.meta.dirname}/../`

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
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '^/(api|docs|openapi.json|healthz)': 'http://127.0.0.1:8787' } },
})
