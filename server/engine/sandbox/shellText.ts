// Text for shells and fstabs: quoting and mount lines.

/** One word for a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line from an argv. */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}

/** A field of an fstab line: blanks and backslashes as octal escapes (fstab(5)). */
export function quoteFstab(field: string): string {
  return field.replaceAll('\\', '\\134').replaceAll(' ', '\\040').replaceAll('\t', '\\011').replaceAll('\n', '\\012');
}

/** One mount: `options` are joined with commas. */
export interface MountLine { source: string; target: string; type: string; options: string[] }

/** A bind mount; `extra` may hold `ro` and the flags that the source's own mount already carries. */
export function bindLine(source: string, target: string, extra: readonly string[] = []): MountLine {
  return { source, target, type: 'none', options: ['bind', ...extra] };
}

/** The text of an fstab for `mount -a -T`, in order; one exec mounts all, which is what makes a launch fast. */
export function planFstab(lines: readonly MountLine[]): string {
  return lines.map((line) => `${[line.source, line.target, line.type, line.options.join(',') || 'defaults'].map(quoteFstab).join(' ')} 0 0\n`).join('');
}
