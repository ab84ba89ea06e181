// Flags of the mount that a path lies on: a read-only remount of a bind by an ordinary user must name them again.
import { readFileSync } from 'node:fs';

const kept = new Set(['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']);

/** Returns a lookup over one reading of /proc/self/mountinfo (proc(5)). */
export function readMountFlags(text = readFileSync('/proc/self/mountinfo', 'utf8')): (path: string) => string[] {
  const mounts = text.split('\n').filter(Boolean).map((line) => {
    const fields = line.split(' ');
    return { point: fields[4]!.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), flags: fields[5]!.split(',') };
  });
  return (path) => {
    const under = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
    const best = under.reduce((longest, mount) => (mount.point.length >= longest.point.length ? mount : longest), { point: '', flags: [] as string[] });
    return best.flags.filter((flag) => kept.has(flag));
  };
}
