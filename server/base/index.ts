// Everything of the base room.
export * from './clock.ts';
export * from './command.ts';
export * from './disposable.ts';
export * from './errors.ts';
export * from './logger.ts';
export * from './random.ts';
