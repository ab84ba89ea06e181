// @ts-check
// The Debian packages that the host needs, each with the program that shows it is there.
import { accessSync, constants } from 'node:fs';

/**
 * `need`: `run` for start and tests, `tests` for tests alone. The images bring everything that runs inside clusters.
 * @type {{ name: string, program: string, need: 'run' | 'tests' }[]}
 */
export const debianPackages = [
  { name: 'g++', program: 'g++', need: 'run' },
  { name: 'make', program: 'make', need: 'run' },
  { name: 'python3', program: 'python3', need: 'run' },
  { name: 'uidmap', program: 'newuidmap', need: 'run' },
  { name: 'util-linux', program: 'nsenter', need: 'run' },
  { name: 'bash', program: 'bash', need: 'run' },
  { name: 'iproute2', program: 'ip', need: 'run' },
  { name: 'mmdebstrap', program: 'mmdebstrap', need: 'run' },
  { name: 'debian-archive-keyring', program: '/usr/share/keyrings/debian-archive-keyring.gpg', need: 'run' },
  { name: 'skopeo', program: 'skopeo', need: 'run' },
  { name: 'umoci', program: 'umoci', need: 'run' },
  { name: 'chromium', program: 'chromium', need: 'tests' },
  // Rules are also tested on this kernel without a cluster, in network namespaces of the tests' own.
  { name: 'iptables', program: 'iptables-restore', need: 'tests' },
  { name: 'ipset', program: 'ipset', need: 'tests' },
  { name: 'conntrack', program: 'conntrack', need: 'tests' },
  { name: 'openssl', program: 'openssl', need: 'tests' },
  { name: 'procps', program: 'ps', need: 'tests' },
  { name: 'passwd', program: 'useradd', need: 'tests' },
];

const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', ...(process.env['PATH'] ?? '').split(':')];

/** @param {{ program: string }} entry */
export function isPresent(entry) {
  const candidates = entry.program.startsWith('/') ? [entry.program] : folders.map((folder) => `${folder}/${entry.program}`);
  return candidates.some((file) => {
    try {
      accessSync(file, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}
