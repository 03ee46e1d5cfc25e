// oxlint-disable-next-line typescript/triple-slash-reference -- SST's globals come this way
/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  async app({ stage }) {
    const { PROVIDERS } = await import('./packages/infra/providers.ts')
    const production = stage === 'production'
    return {
      name: 'hunter',
      home: 'aws',
      removal: production ? 'retain' : 'remove',
      protect: production,
      providers: PROVIDERS,
    }
  },
  async run() {
    const { createStack } = await import('./packages/infra/stack.ts')
    return createStack()
  },
})
