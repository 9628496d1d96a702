/** What tests build themselves. */
export const NEXT_RELEASE: string;
export function buildNextRelease(): Promise<void>;
