// patchbay image list: the images that clusters can use.
import { join } from 'node:path';
import { dataFolder } from '../../config.ts';
import { listImages } from '../../engine/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';

export const imageList: Command = {
  name: 'image list',
  usage: 'image list',
  summary: 'Lists the images that pods can use.',
  words: [0, 0],
  options: {},
  optionHelp: {},
  async run({ say, answer }) {
    const images = listImages(join(dataFolder(process.env), 'images'));
    if (images.length === 0) say('No images yet: run `npm start` once.');
    for (const image of images) say(`${(image.names.join(', ') || '<no name>').padEnd(32)} ${image.id}  ${image.createdAt}`);
    answer(images.map(({ id, names, createdAt }) => ({ id, names, createdAt })));
    return exitCodes.ok;
  },
};
