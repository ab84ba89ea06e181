// The files of a container on its node besides volumes: termination message, log and its links.
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mount, Pod, RuntimeContainer } from '../types/index.ts';
import { readLines } from './logs.ts';
import { nodePath, podDirectory, podLogDirectory } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';

const maxTerminationMessage = 4096;
const maxFallbackMessage = 2048;

/** The files of one container of one pod, over its attempts. */
export class ContainerFiles {
  readonly #context: Pick<NodeContext, 'machine'>;
  readonly #pod: () => Pod;
  readonly #name: string;

  constructor(context: Pick<NodeContext, 'machine'>, pod: () => Pod, name: string) {
    this.#context = context;
    this.#pod = pod;
    this.#name = name;
  }

  /** An empty file for the container's last words, to be mounted at `target`. */
  makeTerminationLog(attempt: number, target = '/dev/termination-log'): Mount {
    const source = this.#terminationPath(attempt);
    const real = nodePath(this.#context, source);
    mkdirSync(dirname(real), { recursive: true });
    writeFileSync(real, '');
    chmodSync(real, 0o666);
    return { source, target, readOnly: false };
  }

  /** At most 4,096 bytes; undefined when the container wrote nothing. */
  tryTerminationMessage(attempt: number): string | undefined {
    try {
      const text = readFileSync(nodePath(this.#context, this.#terminationPath(attempt)));
      return text.length === 0 ? undefined : text.subarray(-maxTerminationMessage).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /** The end of an ended attempt's log, for FallbackToLogsOnError. */
  async readLastLog(container: RuntimeContainer): Promise<string> {
    let text = '';
    const source = { path: nodePath(this.#context, container.spec.logPath), ended: Promise.resolve() };
    for await (const line of readLines(source, { follow: false, signal: new AbortController().signal })) {
      text = `${text}${line.content.toString('utf8')}${line.partial ? '' : '\n'}`.slice(-maxFallbackMessage);
    }
    return text;
  }

  /** Links the log as kubelet does, for tools that look in /var/log/containers. */
  ensureLogLink(container: RuntimeContainer): void {
    const link = this.#linkPath(container);
    mkdirSync(dirname(link), { recursive: true });
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(container.spec.logPath, link);
  }

  removeLogLink(container: RuntimeContainer): void {
    rmSync(this.#linkPath(container), { force: true });
  }

  /** Removes an attempt's log; an absent one is fine. */
  removeLog(attempt: number): void {
    rmSync(nodePath(this.#context, `${podLogDirectory(this.#pod())}/${this.#name}/${attempt}.log`), { force: true });
  }

  #terminationPath(attempt: number): string {
    return `${podDirectory(this.#pod().metadata.uid!)}/containers/${this.#name}/${attempt}`;
  }

  #linkPath(container: RuntimeContainer): string {
    const { name, namespace } = this.#pod().metadata;
    return nodePath(this.#context, `/var/log/containers/${name}_${namespace}_${this.#name}-${container.id}.log`);
  }
}
