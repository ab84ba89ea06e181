// Pods.
import type { Pod } from '../../../types/index.ts';
import { dnsSubdomain } from '../../names.ts';
import type { Kind } from '../rules.ts';
import { admitPod, defaultPod, defaultPodSpec, qosClassOf } from './defaults.ts';
import { validatePodSpec, validatePodUpdate } from './validation.ts';

const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** core/v1 Pod. Reading logs, exec, attach and port-forward are the API server's own. */
export const pods: Kind<Pod> = {
  group: '', version: 'v1', kind: 'Pod', resource: 'pods', singular: 'pod', namespaced: true, shortNames: ['po'], categories: ['all'],
  subresources: [
    { name: 'binding', group: '', version: 'v1', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', group: '', version: 'v1', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'status', group: '', version: 'v1', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  ],
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    fields: {
      'spec.nodeName': (object) => (object as Pod).spec.nodeName ?? '',
      'spec.restartPolicy': (object) => (object as Pod).spec.restartPolicy ?? '',
      'spec.schedulerName': (object) => (object as Pod).spec.schedulerName ?? '',
      'spec.serviceAccountName': (object) => (object as Pod).spec.serviceAccountName ?? '',
      'spec.hostNetwork': (object) => String((object as Pod).spec.hostNetwork ?? false),
      'status.phase': (object) => (object as Pod).status?.phase ?? '',
      'status.podIP': (object) => (object as Pod).status?.podIP ?? '',
      'status.nominatedNodeName': (object) => ((object as Pod).status as { nominatedNodeName?: string } | undefined)?.nominatedNodeName ?? '',
    },
    defaults(pod) {
      pod.spec ??= { containers: [] };
      defaultPodSpec(pod.spec);
      defaultPod(pod.spec);
    },
    prepareCreate(pod) {
      admitPod(pod.spec);
      pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
    },
    validate: (pod) => validatePodSpec(pod.spec, 'spec'),
    validateUpdate: validatePodUpdate,
    prepareStatus(next, live) {
      if (live.metadata.ownerReferences) next.metadata.ownerReferences = live.metadata.ownerReferences;
      else delete next.metadata.ownerReferences;
    },
    graceSeconds(pod, options) {
      if (!pod.spec.nodeName || isFinished(pod)) return 0;
      const asked = options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
      return asked < 0 ? 1 : asked;
    },
  },
};
