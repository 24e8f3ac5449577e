export async function printMutants(_p: (t: string) => void, _s: unknown): Promise<boolean> { return true; }
