// What our images are made of: Debian packages, a few files, one configuration each.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig } from '../../server/engine/types/index.ts';

/** One image. `variant` is mmdebstrap's: `minbase` runs maintainer scripts, `extract` only unpacks. `finish` runs in the root as the images' root. */
export interface Recipe {
  name: string;
  title: string;
  variant: 'minbase' | 'extract';
  packages: string[];
  files: { source: string; target: string; mode: string }[];
  finish: string;
  config: ImageConfig;
  /** Seconds that the build took where it was measured; an estimate for the progress line. */
  seconds: number;
}

/** The Debian release of all images: its kubectl is 1.32. */
export const suite = 'trixie';

const env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

// `extract` runs no maintainer scripts: what base-files and base-passwd would have made is made here.
const skeleton = `
for link in bin sbin lib lib64; do [ -e $link ] || [ -L $link ] || ln -s usr/$link $link; done
mkdir -p proc sys dev run tmp etc root var/tmp var/log
chmod 1777 tmp var/tmp
[ -e etc/passwd ] || printf 'root:x:0:0:root:/root:/bin/sh\\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\\n' > etc/passwd
[ -e etc/group ] || printf 'root:x:0:\\nwww-data:x:33:\\nnogroup:x:65534:\\n' > etc/group
`;

const busyboxLinks = `
for applet in $(usr/bin/busybox --list); do
  [ -e usr/bin/$applet ] || [ -e usr/sbin/$applet ] || ln -s busybox usr/bin/$applet
done
`;

export const recipes: Recipe[] = [
  {
    name: 'patchbay/node',
    title: 'nodes and workstation',
    variant: 'minbase',
    packages: [
      'bash-completion', 'bind9-dnsutils', 'bsdutils', 'ca-certificates', 'catatonit', 'conmon', 'conntrack', 'containernetworking-plugins',
      'crun', 'curl', 'ipset', 'iproute2', 'iptables', 'iputils-ping', 'jq', 'kubernetes-client', 'less', 'lsof', 'nano', 'netcat-openbsd',
      'nftables', 'openssl', 'procps', 'psmisc', 'runc', 'socat', 'tcpdump', 'traceroute', 'util-linux', 'vim-tiny',
    ],
    files: [],
    finish: '',
    config: { entrypoint: [], cmd: ['bash'], env, workingDir: '/', user: '' },
    seconds: 23,
  },
  {
    name: 'patchbay/web',
    title: 'the web server of the labs',
    variant: 'extract',
    packages: ['busybox-static', 'nginx'],
    files: [
      { source: 'web/start.sh', target: 'usr/bin/start-web', mode: '755' },
      { source: 'web/nginx.conf.template', target: 'etc/nginx/nginx.conf.template', mode: '644' },
    ],
    finish: `${skeleton}${busyboxLinks}
rm -f usr/share/nginx/html/*
mkdir -p usr/share/nginx/html var/log/nginx var/lib/nginx
`,
    config: { entrypoint: ['/usr/bin/start-web'], cmd: [], env, workingDir: '/', user: '', exposedPorts: ['80/tcp'] },
    seconds: 6,
  },
  {
    name: 'patchbay/toolbox',
    title: 'the network tools of the labs',
    variant: 'extract',
    packages: [
      'bash', 'bind9-dnsutils', 'busybox-static', 'ca-certificates', 'coreutils', 'curl', 'iproute2', 'iputils-ping', 'netcat-openbsd', 'procps', 'tcpdump',
    ],
    files: [{ source: 'toolbox/start.sh', target: 'usr/bin/start-toolbox', mode: '755' }],
    finish: `${skeleton}${busyboxLinks}
[ -e usr/bin/nc ] || ln -s nc.openbsd usr/bin/nc
`,
    config: { entrypoint: [], cmd: ['/usr/bin/start-toolbox'], env, workingDir: '/', user: '' },
    seconds: 14,
  },
];

/** A hash of everything that decides what the image holds, except the packages' versions. */
export function recipeHash(recipe: Recipe, folder: string): string {
  const hash = createHash('sha256').update(JSON.stringify([suite, recipe]));
  for (const file of recipe.files) hash.update(readFileSync(join(folder, file.source)));
  return hash.digest('hex').slice(0, 16);
}
