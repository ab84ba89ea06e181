// Lab 3 solved in the terminal, file by file and line by line, as its solution says; every check turns green by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LiveServer } from '../support/liveServer.ts';
import { launchBrowser, Person } from './support/person.ts';

const folder = join(import.meta.dirname, '../../labs/kubernetes-networking/03-own-localhost');

test('lab 3: saved files, typed manifests, all green', async () => {
  await using server = await LiveServer.start();
  const browser = await launchBrowser();
  try {
    await using ada = await Person.at(browser);
    await ada.join(server.url, server.joinCode, 'Ada Lovelace');
    await ada.untilReady();
    await ada.openLab('Every pod has its own localhost');
    // The drawing of the lab is there, not a broken image.
    await ada.page.getByRole('img', { name: /^A pod drawn as one network namespace/ }).locator('svg text').first().waitFor();
    for (const file of ['shared.yaml', 'twins.yaml']) {
      await ada.page.getByRole('button', { name: `Save ${file} on the workstation` }).click();
      await ada.page.locator('figure', { hasText: 'Saved on the workstation as' }).filter({ hasText: file }).waitFor();
    }
    await ada.read();

    // As the text leads: first the crash, then what mends it.
    await ada.type('kubectl apply -f ~/lab/twins.yaml');
    await ada.look('twins-both-run');
    await ada.untilRed('twins-both-run', /Not all containers of the pod with two web servers are ready/);
    await ada.type('until kubectl logs twins -c second | grep bind || kubectl logs twins -c first | grep bind; do sleep 0.2; done');
    await ada.untilScreen(/Address already in use|bind\(\)/);
    await ada.command('kubectl delete pod twins --now; clear');

    await ada.type(...readFileSync(join(folder, 'solutions/otherPort.sh'), 'utf8').split('\n').filter((line) => !/^(#|set )/.test(line)));
    await ada.untilScreen(/pod\/twins condition met/);
    await ada.look('localhost-answers');
    await ada.untilPassed('localhost-answers', 'one-network-namespace');
    await ada.look('twins-both-run');
    await ada.untilPassed('twins-both-run', 'twins-both-listen');

    const quiz = ada.page.locator('form', { hasText: 'Which of these do the two containers' });
    await quiz.getByLabel('The IP address').check();
    await quiz.getByLabel(/The ports, so that only one/).check();
    await quiz.getByRole('button').click();
    await ada.page.getByText(/Address and ports belong to the network namespace/).waitFor();
    await ada.page.getByText('Every step has passed.').waitFor();
    await ada.page.getByRole('link', { name: 'Patchbay' }).click();
    await ada.page.getByText(/\b5 of \d+ points/).first().waitFor();
  } finally {
    await browser.close();
  }
});
