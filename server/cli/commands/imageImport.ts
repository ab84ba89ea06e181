// patchbay image import FILE: makes an archive's image usable by pods of every cluster.
import { join, resolve } from 'node:path';
import { dataFolder } from '../../config.ts';
import { importArchive } from '../../engine/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';

export const imageImport: Command = {
  name: 'image import',
  usage: 'image import FILE [--name NAME:TAG]',
  summary: 'Imports a `docker save` or OCI archive; running clusters see it at once.',
  words: [1, 1],
  options: { name: { type: 'string' } },
  optionHelp: { name: 'the name that pods will use (default: the one in the archive)' },
  async run({ words, options, say, answer }) {
    const image = await importArchive(join(dataFolder(process.env), 'images'), resolve(words[0]!), options['name'] as string | undefined);
    say(`Imported ${image.names.join(', ')}.`);
    answer({ id: image.id, names: image.names });
    return exitCodes.ok;
  },
};
