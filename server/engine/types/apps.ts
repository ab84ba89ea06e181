// The parts of apps/v1 besides Deployments and ReplicaSets: stateful sets, daemon sets and their revisions.
import type { Condition, KubeObject, LabelSelector } from './meta.ts';
import type { PodTemplate } from './workloads.ts';

export interface StatefulSet extends KubeObject {
  kind: 'StatefulSet';
  spec: {
    replicas?: number; selector: LabelSelector; template: PodTemplate; serviceName?: string; minReadySeconds?: number; revisionHistoryLimit?: number;
    podManagementPolicy?: 'OrderedReady' | 'Parallel';
    updateStrategy?: { type?: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { partition?: number; maxUnavailable?: number | string } };
    ordinals?: { start?: number };
    volumeClaimTemplates?: unknown[];
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  };
  status?: {
    observedGeneration?: number; replicas: number; readyReplicas?: number; currentReplicas?: number; updatedReplicas?: number; availableReplicas?: number;
    currentRevision?: string; updateRevision?: string; collisionCount?: number; conditions?: Condition[];
  };
}

export interface DaemonSet extends KubeObject {
  kind: 'DaemonSet';
  spec: {
    selector: LabelSelector; template: PodTemplate; minReadySeconds?: number; revisionHistoryLimit?: number;
    updateStrategy?: { type?: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string } };
  };
  status?: {
    observedGeneration?: number; currentNumberScheduled: number; desiredNumberScheduled: number; numberMisscheduled: number; numberReady: number;
    updatedNumberScheduled?: number; numberAvailable?: number; numberUnavailable?: number; collisionCount?: number; conditions?: Condition[];
  };
}

/** `data` is a strategic merge patch that brings the owner's template back. */
export interface ControllerRevision extends KubeObject { kind: 'ControllerRevision'; revision: number; data?: { spec?: { template?: PodTemplate & { $patch?: string } } } }
