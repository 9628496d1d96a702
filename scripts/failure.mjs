// What ends a command: one sentence that says what to do, and an exit code.

/** Exit codes of every command here; 1 is any other failure. */
export const EXIT = {
  /**
   * What was asked for, or set, can't be done: an unknown command, a setting that is wrong or
   * missing.
   */
  usage: 2,
  /** Something that the machine must have is missing. */
  machine: 3,
  /** The network, or a package registry, can't be reached. */
  network: 4,
  /** A port is taken. */
  port: 5,
};

export class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
