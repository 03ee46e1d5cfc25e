/** V8 compiles WASM once, quickly, and only what runs: tests run too little of it to gain by its optimisation. */
export const QUICK_WASM = ['--liftoff-only', '--wasm-lazy-validation']
