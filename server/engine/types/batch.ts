// The parts of batch/v1 that the engine itself reads and writes.
import type { Condition, KubeObject, LabelSelector, ObjectMeta } from './meta.ts';
import type { PodTemplate } from './workloads.ts';

export interface JobSpec {
  parallelism?: number; completions?: number; activeDeadlineSeconds?: number; backoffLimit?: number; selector?: LabelSelector; manualSelector?: boolean;
  template: PodTemplate; ttlSecondsAfterFinished?: number; completionMode?: 'NonIndexed' | 'Indexed'; suspend?: boolean;
  podReplacementPolicy?: 'TerminatingOrFailed' | 'Failed';
  podFailurePolicy?: unknown; successPolicy?: unknown; backoffLimitPerIndex?: number; maxFailedIndexes?: number; managedBy?: string;
}

export interface Job extends KubeObject {
  kind: 'Job';
  spec: JobSpec;
  status?: {
    conditions?: Condition[]; startTime?: string; completionTime?: string; active?: number; succeeded?: number; failed?: number; ready?: number;
    terminating?: number; completedIndexes?: string; uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
  };
}

export interface CronJob extends KubeObject {
  kind: 'CronJob';
  spec: {
    schedule: string; timeZone?: string; startingDeadlineSeconds?: number; concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace'; suspend?: boolean;
    jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobSpec }; successfulJobsHistoryLimit?: number; failedJobsHistoryLimit?: number;
  };
  status?: { active?: { apiVersion?: string; kind?: string; name?: string; namespace?: string; uid?: string; resourceVersion?: string }[]; lastScheduleTime?: string; lastSuccessfulTime?: string };
}
