// The Container Network Interface: reads a node's network configuration and plans the calls of its plugin chain (CNI spec 1.0).
import type { SandboxSpec } from '../types/index.ts';
import { RuntimeError } from './errors.ts';

/** One plugin's part of a configuration, as written; `type` names its binary. */
export type PluginConfig = { type: string; capabilities?: Record<string, boolean> } & Record<string, unknown>;

/** A network configuration list. */
export interface NetworkConfig { cniVersion: string; name: string; plugins: PluginConfig[] }

/** What a plugin answered to ADD; only what the runtime reads. */
export interface CniResult { cniVersion?: string; ips?: { address: string }[]; [field: string]: unknown }

/** The loopback call that every sandbox gets first, as containerd makes it. */
export const loopbackConfig = JSON.stringify({ cniVersion: '1.0.0', name: 'cni-loopback', type: 'loopback' });

/** Picks the first .conflist or .conf by name, as libcni does; throws RuntimeError NetworkNotReady when there is none, or it is not valid. */
export function parseNetworkConfig(files: ReadonlyMap<string, string>): NetworkConfig {
  const name = [...files.keys()].filter((file) => /\.(conflist|conf|json)$/.test(file)).sort()[0];
  if (name === undefined) throw new RuntimeError('NetworkNotReady', 'cni config uninitialized');
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(files.get(name)!) as Record<string, unknown>;
  } catch (cause) {
    throw new RuntimeError('NetworkNotReady', `cni config load failed: error parsing configuration ${name}`, { cause });
  }
  const plugins = (name.endsWith('.conflist') ? parsed.plugins : [parsed]) as PluginConfig[] | undefined;
  const usable = Array.isArray(plugins) && plugins.length > 0 && plugins.every((plugin) => typeof plugin?.type === 'string' && !plugin.type.includes('/'));
  if (!usable || typeof parsed.name !== 'string') throw new RuntimeError('NetworkNotReady', `cni config load failed: ${name} names no network or no plugins`);
  return { cniVersion: typeof parsed.cniVersion === 'string' ? parsed.cniVersion : '0.3.1', name: parsed.name, plugins };
}

/** The plugins to call for a pod, in order for ADD: portmap is left out where no port is asked for, since it costs 40 ms. */
export function planChain(config: NetworkConfig, spec: Pick<SandboxSpec, 'hostPorts'>): PluginConfig[] {
  return config.plugins.filter((plugin) => spec.hostPorts.length > 0 || plugin.type !== 'portmap');
}

/** What one plugin reads on its stdin: its own part, the list's name and version, the previous result, and the capabilities it asked for. */
export function planInput(config: NetworkConfig, plugin: PluginConfig, spec: Pick<SandboxSpec, 'hostPorts'>, previous: CniResult | undefined): string {
  const { capabilities, ...own } = plugin;
  const runtimeConfig = capabilities?.portMappings && spec.hostPorts.length > 0
    ? { portMappings: spec.hostPorts.map((port) => ({ hostPort: port.hostPort, containerPort: port.containerPort, protocol: port.protocol.toLowerCase(), hostIP: port.hostIP ?? '' })) }
    : undefined;
  return JSON.stringify({ ...own, cniVersion: config.cniVersion, name: config.name, ...(runtimeConfig && { runtimeConfig }), ...(previous && { prevResult: previous }) });
}

/** The environment of a call apart from CNI_COMMAND and CNI_IFNAME. */
export function planEnvironment(sandboxId: string, netns: string, spec: Pick<SandboxSpec, 'namespace' | 'name' | 'podUid'>, binaries: readonly string[]): Record<string, string> {
  return {
    CNI_CONTAINERID: sandboxId,
    CNI_NETNS: netns,
    CNI_PATH: binaries.join(':'),
    CNI_ARGS: [
      'IgnoreUnknown=1', `K8S_POD_NAMESPACE=${spec.namespace}`, `K8S_POD_NAME=${spec.name}`, `K8S_POD_INFRA_CONTAINER_ID=${sandboxId}`, `K8S_POD_UID=${spec.podUid}`,
    ].join(';'),
  };
}

/** Reads a plugin's stdout after ADD; throws RuntimeError FailedCreatePodSandBox with the plugin's own words when it refused. */
export function parseResult(plugin: string, stdout: string, sandboxId: string): CniResult {
  let answer: CniResult & { code?: number; msg?: string; details?: string };
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch (cause) {
    throw new RuntimeError('FailedCreatePodSandBox', `plugin type="${plugin}" failed (add): netplugin failed with no error message`, { cause });
  }
  if (answer.code !== undefined) {
    const details = answer.details ? `; ${answer.details}` : '';
    throw new RuntimeError('FailedCreatePodSandBox', `failed to setup network for sandbox "${sandboxId}": plugin type="${plugin}" failed (add): ${answer.msg ?? ''}${details}`);
  }
  return answer;
}

/** The first IPv4 address of a result without its prefix length. */
export function addressOf(result: CniResult | undefined): string | undefined {
  return result?.ips?.map((ip) => ip.address.split('/')[0]!).find((address) => address.includes('.'));
}
