/**
 * `hunter completion`: a static script per shell, made from the tree of commands, so that completing starts no program.
 */
import { defineCommand } from 'citty'
import { withExamples, deferCommand } from '#cli/command'
import { writeBashScript } from '#cli/completion/bash'
import { writeFishScript } from '#cli/completion/fish'
import { type CommandNode, readTree } from '#cli/completion/tree'
import { writeZshScript } from '#cli/completion/zsh'
import { print } from '#cli/terminal'

export const completionCommand = defineCommand({
  subCommands: {
    bash: deferCommand('Load it with: source <(hunter completion bash)', async () =>
      printing(writeBashScript, [
        'source <(npx hunter completion bash)',
        'npx hunter completion bash > ~/.local/share/bash-completion/completions/hunter',
      ]),
    ),
    zsh: deferCommand('Load it with: source <(hunter completion zsh)', async () =>
      printing(writeZshScript, ['source <(npx hunter completion zsh)']),
    ),
    fish: deferCommand('Load it with: hunter completion fish | source', async () =>
      printing(writeFishScript, [
        'npx hunter completion fish | source',
        'npx hunter completion fish > ~/.config/fish/completions/hunter.fish',
      ]),
    ),
  },
})

function printing(scriptOf: (root: CommandNode) => string, examples: string[]) {
  return withExamples(
    {
      run: async () => {
        const { rootCommand } = await import('#cli/root')
        print(scriptOf(await readTree(rootCommand)).trimEnd())
      },
    },
    examples,
  )
}
