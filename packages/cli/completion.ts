/** `hunter completion`: a script for each shell, made from the tree of commands, that asks no program while somebody types. */
import { defineCommand } from 'citty'
import { command, later } from '#cli/command'
import { bashScript } from '#cli/completion/bash'
import { fishScript } from '#cli/completion/fish'
import { type CommandNode, readTree } from '#cli/completion/tree'
import { zshScript } from '#cli/completion/zsh'
import { print } from '#cli/terminal'

export const completionCommand = defineCommand({
  subCommands: {
    bash: later('Load it with: source <(hunter completion bash)', async () =>
      printing(bashScript, [
        'source <(npx hunter completion bash)',
        'npx hunter completion bash > ~/.local/share/bash-completion/completions/hunter',
      ]),
    ),
    zsh: later('Load it with: source <(hunter completion zsh)', async () =>
      printing(zshScript, ['source <(npx hunter completion zsh)']),
    ),
    fish: later('Load it with: hunter completion fish | source', async () =>
      printing(fishScript, [
        'npx hunter completion fish | source',
        'npx hunter completion fish > ~/.config/fish/completions/hunter.fish',
      ]),
    ),
  },
})

function printing(scriptOf: (root: CommandNode) => string, examples: string[]) {
  return command(
    {
      run: async () => {
        const { rootCommand } = await import('#cli/root')
        print(scriptOf(await readTree(rootCommand)).trimEnd())
      },
    },
    examples,
  )
}
