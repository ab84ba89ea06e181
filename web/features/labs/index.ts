// What the app takes from the labs.
export { Contents } from './Contents.tsx';
export { labAfter } from './contents.ts';
export { LabText } from './LabText.tsx';
export { checksOf } from './progress.ts';
export { useLab } from './useLab.ts';
export { useReading } from './useReading.ts';
export { useSpokenVerdicts } from './useSpokenVerdicts.ts';
