// The scripts that run with the image's own tools: the sandbox's init, one per machine, the engine's supervisor, and the door for shells.
import { planMachineBatch, planNodeRules, planRouterBatch, planSysctls } from '../network/lan.ts';
import { controlPlaneOf, isNode } from '../network/plan.ts';
import type { MachineConfig } from '../types/machine.ts';
import { machineAlive, nodePaths, sandboxPaths } from '../types/insidePaths.ts';
import { planSizes, planSystemMounts } from './outerScript.ts';
import type { LaunchPlan } from './outerScript.ts';
import { bindLine, planFstab, quoteWord } from './shellText.ts';

const boot = '/run/patchbay/boot';
const q = quoteWord;

function sysctlText(machine: MachineConfig | 'router'): string {
  return planSysctls(machine).map(([path, value]) => `[ -e /proc/sys/${path} ] && echo ${q(value)} >/proc/sys/${path}`).join('\n');
}

/** Environment of everything that a person or the engine runs in the sandbox. */
export const insideEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
} as const;

/**
 * The sandbox's init. File descriptor 3 is the launcher's pipe (one line per stage), 4 a fifo on which machines and
 * certificates report. Network namespaces come first, so that the engine's start, certificates and machines overlap.
 */
export function planInitScript(plan: LaunchPlan): string {
  return `# Written by Patchbay's launcher.
echo sandbox >&3
export ${Object.entries(insideEnvironment).map(([key, value]) => `${key}=${value}`).join(' ')}
hostname ${q(plan.config.name)}
mkfifo /run/patchbay/ready ${plan.config.machines.map(({ name }) => machineAlive(name)).join(' ')}
exec 4<>/run/patchbay/ready
printf %s ${q(planRouterBatch(plan.config))} | ip -batch -
sh ${boot}/pki.sh 3>&- &
sh ${boot}/machines.sh 3>&- &
exec catatonit -- sh ${boot}/supervise.sh
`;
}

/** Starts every machine and wires it; ends once all are started, while they go on by themselves. */
export function planMachinesScript(plan: LaunchPlan): string {
  const { config } = plan;
  const sizes = planSizes(plan);
  const tmpfs = planFstab(config.machines.map((machine) => ({
    source: 'tmpfs', target: `/run/m/${machine.name}`, type: 'tmpfs', options: [`size=${sizes[machine.name]}m`, `nr_inodes=${sizes[machine.name]}k`, 'mode=755'],
  })));
  return `# Written by Patchbay's launcher.
mkdir -p ${config.machines.map((machine) => `/run/m/${machine.name}`).join(' ')}
printf %s ${q(tmpfs)} >/run/m/fstab
mount -n -a -T /run/m/fstab
tar -C /run/m --no-same-owner -mxf ${boot}/machines.tar
${config.machines.map((machine) => `(
for f in /run/patchbay/cgroup/*; do [ -e "$f" ] && echo 0 >"$f"; done
exec nsenter --net=/run/netns/${machine.name} unshare --mount --pid --uts --ipc --cgroup --fork sh ${boot}/machine-${machine.name}.sh
) &`).join('\n')}
${sysctlText('router')}
exit 0
`;
}

/** A machine's first process: its root from the shared image, its files, then the reaper. Reports its process id as the sandbox sees it, once its root is its own. */
export function planMachineScript(plan: LaunchPlan, machine: MachineConfig): string {
  const home = `/run/m/${machine.name}`;
  const root = `${home}/root`;
  const node = isNode(machine);
  const image = `${sandboxPaths.images}/${plan.nodeImage}/rootfs`;
  const fstab = planFstab([
    { source: 'overlay', target: root, type: 'overlay', options: [`lowerdir=${image}`, `upperdir=${home}/upper`, `workdir=${home}/work`, 'userxattr'] },
    ...planSystemMounts(root, `${home}/dev`),
    { source: 'cgroup2', target: `${root}/sys/fs/cgroup`, type: 'cgroup2', options: ['nosuid', 'nodev', 'noexec'] },
    bindLine(`${home}/run`, `${root}/run`),
    ...(node ? [bindLine(sandboxPaths.images, `${root}${nodePaths.images}`), bindLine(`${home}/containers`, `${root}${nodePaths.containers}`), bindLine(`${home}/kubelet`, `${root}${nodePaths.kubelet}`)] : []),
  ]);
  return `# Written by Patchbay's launcher.
exec 9<&-
read pid _ </proc/self/stat
printf %s ${q(fstab)} >${home}/fstab
hostname ${machine.name}
mount -n -a -T ${home}/fstab
printf %s ${q(planMachineBatch(plan.config, machine))} | ip -batch -
${sysctlText(machine)}
${node ? `printf %s ${q(planNodeRules(plan.config, machine))} | iptables-restore --noflush` : ':'}
exec 5>${sandboxPaths.machines}/${machine.name} 6<>${machineAlive(machine.name)}
cd ${root}
pivot_root . .
umount -l .
cd /
echo "$pid" >&5
echo "machine ${machine.name} $pid" >&4
exec 4>&- 5>&-
unset OLDPWD
exec catatonit -P <&6 6>&- >/dev/null 2>&1
`;
}

/** Certificates with openssl, once per cluster: an authority, the API's certificate and an administrator's. Reports "pki". */
export function planPkiScript(plan: LaunchPlan): string {
  const { config } = plan;
  const controlPlane = controlPlaneOf(config);
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${config.clusterDomain}`, controlPlane.name, 'localhost'];
  const addresses = [config.apiServiceIp, controlPlane.address, config.probeAddress, '127.0.0.1'];
  const key = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650';
  const leaf = `${key} -CA ca.crt -CAkey ca.key -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature`;
  return `# Written by Patchbay's launcher.
P=${sandboxPaths.pki}
if [ ! -e $P/complete ]; then
umask 077
mkdir -p $P && cd $P || exit 1
{
${key} -subj /CN=kubernetes -keyout ca.key -out ca.crt -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
${leaf} -subj /CN=kube-apiserver -addext extendedKeyUsage=serverAuth -addext subjectAltName=${[...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)].join(',')} -keyout server.key -out server.crt &
${leaf} -subj /O=system:masters/CN=kubernetes-admin -addext extendedKeyUsage=clientAuth -keyout admin.key -out admin.crt
wait
} 2>openssl.log
[ -s server.crt ] && [ -s admin.crt ] && : >complete
fi
echo pki >&4
`;
}

/** The engine's supervisor: a killed engine comes back while machines and pods live; exit code 0 ends the sandbox. */
export function planSuperviseScript(plan: LaunchPlan): string {
  const engine = `nsenter --net=/run/netns/${controlPlaneOf(plan.config).name} ${sandboxPaths.node} ${sandboxPaths.start} ${sandboxPaths.bundle}`;
  return `# Written by Patchbay's launcher.
log=${sandboxPaths.state}/engine.log
PATCHBAY_BOOT_FD=3 ${engine} <&4 >>$log 2>&1 4>&-
code=$?
(echo "exit $code" >&3) 2>/dev/null
exec 3>&-
while [ $code -ne 0 ]; do
  sleep 0.2
  ${engine} <&4 >>$log 2>&1 4>&-
  code=$?
done
exit 0
`;
}

/** The door for shells and commands: \`door MACHINE ARGV…\` runs ARGV on the machine, in the home folder (on the workstation: in lab). */
export function planDoorScript(): string {
  return `# Written by Patchbay's launcher.
machine=$1
shift
read pid <${sandboxPaths.machines}/$machine || exit 127
exec nsenter -t $pid -m -u -i -n -p -C -- setpriv --pdeathsig KILL -- /bin/sh -c 'cd /root/lab 2>/dev/null || cd /root 2>/dev/null; exec "$@"' sh "$@"
`;
}
