/** Makes everything of what is built into the folder; answers the package's file. */
export function release(out?: string): Promise<string>;
