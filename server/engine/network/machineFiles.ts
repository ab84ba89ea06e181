// The files that make a machine what it is: hosts, resolver, CNI configuration on nodes, a comfortable shell on the workstation.
import type { EngineConfig, MachineConfig } from '../types/machine.ts';
import { nodePaths } from '../types/insidePaths.ts';
import { controlPlaneOf, isNode } from './plan.ts';

/** A file on a machine: with `target` a symbolic link, without `content` and `target` a directory; `mode` in octal when not the default. */
export interface MachineFile { path: string; content?: string; mode?: string; target?: string }

function hostsFile(config: EngineConfig, self: MachineConfig): string {
  const own = config.machines.filter((machine) => machine.name === self.name);
  const others = config.machines.filter((machine) => machine.name !== self.name);
  return ['127.0.0.1 localhost', ...[...own, ...others].map((machine) => `${machine.address} ${machine.name}`), ''].join('\n');
}

/** The CNI configuration of a node: bridge with host-local addresses, then port mappings. */
export function planCniConfig(machine: MachineConfig): string {
  return `${JSON.stringify({
    cniVersion: '1.0.0',
    name: 'patchbay',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: 'host-local', dataDir: '/run/cni/networks', ranges: [[{ subnet: machine.podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }, undefined, 2)}\n`;
}

// Says where a prompt begins and ends and when a command runs (OSC 133), so that a terminal knows whether the prompt is free.
const promptMarks = String.raw`PS0='\e]133;C\a'
PROMPT_COMMAND='printf "\033]133;D;%s\007" "$?"; case "$PS1" in *"133;B"*) ;; *) PS1="\[\e]133;A\a\]$PS1\[\e]133;B\a\]" ;; esac'
`;

const workstationRc = `# Interactive shells of the workstation.
case $- in *i*) ;; *) return ;; esac
shopt -s histappend checkwinsize
HISTSIZE=5000 HISTFILESIZE=5000 HISTCONTROL=ignoreboth
PS1='\\[\\e[1;32m\\]student@workstation\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]$ '
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto' k=kubectl
export EDITOR=nano KUBE_EDITOR=nano
[ -r /usr/share/bash-completion/bash_completion ] && . /usr/share/bash-completion/bash_completion
${promptMarks}`;

const nodeRc = `case $- in *i*) ;; *) return ;; esac
shopt -s checkwinsize
PS1='\\u@\\h:\\w\\$ '
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
${promptMarks}`;

// Loaded by bash-completion at the first TAB: generating kubectl's completion takes too long for every shell's start.
const kubectlCompletion = 'source <(kubectl completion bash)\n';
const kCompletion = 'source <(kubectl completion bash)\ncomplete -o default -o nospace -F __start_kubectl k\n';

/** Everything that is written on a machine before it starts. Kubeconfigs follow once there are certificates. */
export function planMachineFiles(config: EngineConfig, machine: MachineConfig): MachineFile[] {
  const resolver = machine.role === 'outside' ? [] : [{ path: '/etc/resolv.conf', content: `nameserver ${controlPlaneOf(config).address}\n` }];
  const common: MachineFile[] = [
    { path: '/etc/hostname', content: `${machine.name}\n` },
    { path: '/etc/hosts', content: hostsFile(config, machine) },
    { path: '/root/.bash_profile', content: '[ -r ~/.bashrc ] && . ~/.bashrc\n' },
    ...resolver,
  ];
  if (machine.role === 'workstation') {
    return [
      ...common,
      { path: '/root/.bashrc', content: workstationRc },
      { path: '/root/lab' },
      { path: '/root/.kube' },
      { path: '/usr/share/bash-completion/completions/kubectl', content: kubectlCompletion },
      { path: '/usr/share/bash-completion/completions/k', content: kCompletion },
    ];
  }
  if (!isNode(machine)) return [...common, { path: '/root/.bashrc', content: nodeRc }];
  return [
    ...common,
    { path: '/root/.bashrc', content: nodeRc },
    { path: `${nodePaths.cniConfig}/10-patchbay.conflist`, content: planCniConfig(machine) },
    { path: nodePaths.cniBin, target: '/usr/lib/cni' },
    { path: nodePaths.podLogs },
  ];
}
