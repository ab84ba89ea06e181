// The parts of policy/v1 and autoscaling/v2 that the engine itself reads and writes.
import type { Condition, KubeObject, LabelSelector } from './meta.ts';

export interface PodDisruptionBudget extends KubeObject {
  kind: 'PodDisruptionBudget';
  spec?: { minAvailable?: number | string; maxUnavailable?: number | string; selector?: LabelSelector; unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow' };
  status?: {
    observedGeneration?: number; disruptedPods?: Record<string, string>; disruptionsAllowed: number; currentHealthy: number; desiredHealthy: number;
    expectedPods: number; conditions?: Condition[];
  };
}

export interface MetricTarget { type: string; value?: string; averageValue?: string; averageUtilization?: number }

/** One metric of an autoscaler; exactly one source, named by `type`. */
export interface MetricSpec {
  type: string;
  resource?: { name: string; target: MetricTarget };
  containerResource?: { name: string; container: string; target: MetricTarget };
  pods?: { metric: { name: string }; target: MetricTarget };
  object?: { metric: { name: string }; target: MetricTarget };
  external?: { metric: { name: string }; target: MetricTarget };
}

export interface HorizontalPodAutoscaler extends KubeObject {
  kind: 'HorizontalPodAutoscaler';
  spec: { scaleTargetRef: { apiVersion?: string; kind: string; name: string }; minReplicas?: number; maxReplicas: number; metrics?: MetricSpec[]; behavior?: Record<string, unknown> };
  status?: { observedGeneration?: number; lastScaleTime?: string; currentReplicas?: number; desiredReplicas: number; currentMetrics?: unknown[] | null; conditions?: Condition[] };
}
