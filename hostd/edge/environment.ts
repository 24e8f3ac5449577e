// What the shell around the process says.

export interface Environment {
  /** $CADDYSHACK_DATA */
  dataDir: string | null;
  cwd: string;
}

export function environment(): Environment {
  const dataDir = process.env.CADDYSHACK_DATA;
  return { dataDir: dataDir ? dataDir : null, cwd: process.cwd() };
}
