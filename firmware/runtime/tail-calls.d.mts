export function jumpTails(assembly: string): string;
