// Makes a bash shell tell where its prompt is (OSC 133), through its environment alone.

const marks = [
  'printf "\\033]133;D;%s\\007" "$?"',
  'case "$PS1" in *"133;B"*) ;; *) PS1="\\[\\e]133;A\\a\\]$PS1\\[\\e]133;B\\a\\]" ;; esac',
].join('; ');

/** The environment with PROMPT_COMMAND and PS0 set; a shell whose start files set their own marks or another prompt keeps those. */
export function withShellIntegration(env: Record<string, string>): Record<string, string> {
  const own = env.PROMPT_COMMAND;
  return { PS0: '\\e]133;C\\a', ...env, PROMPT_COMMAND: own ? `${marks}; ${own}` : marks };
}
