// How a cable hangs: the SVG path between two jacks at the same height.

/**
 * A path from (0, y) to (width, y) that hangs `sag` units below the line in the middle; straight when `sag` is 0.
 * The control points lie 4/3 below, where a cubic curve's middle meets the sag.
 */
export const sagPath = (width: number, y: number, sag: number): string => {
  if (sag === 0) return `M0 ${y}H${width}`;
  const depth = y + (sag * 4) / 3;
  return `M0 ${y}C${width * 0.28} ${depth} ${width * 0.72} ${depth} ${width} ${y}`;
};
