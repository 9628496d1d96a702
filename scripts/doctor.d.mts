/** What a check found out. */
export interface Finding {
  level: 'good' | 'warning' | 'bad' | 'skipped';
  what: string;
  /** What mends it. */
  mend?: string;
}

/** What the doctor found, in the order of its looking. */
export function examined(args: string[], environment?: Record<string, string>): Promise<Finding[]>;
