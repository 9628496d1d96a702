/** So many different ports that were free a moment ago. */
export function freePorts(count: number): Promise<number[]>;
