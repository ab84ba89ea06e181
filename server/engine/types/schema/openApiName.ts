// Names of types as OpenAPI documents publish them.

/** The published name of a type of the table: `core.v1.Pod` to `io.k8s.api.core.v1.Pod`. */
export function openApiNameOf(name: string): string {
  if (name.startsWith('meta.')) return `io.k8s.apimachinery.pkg.apis.${name}`;
  return `io.k8s.api.${name}`;
}
