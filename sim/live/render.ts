// Answers of the control side as text for people.

type Row = Record<string, unknown>;

/** Null prints nothing, lists print as tables, objects as `key value` lines. */
export function renderResult(result: unknown): string {
  if (result === null || typeof result !== "object") return result === null ? "" : String(result);
  const { caddies, lines } = result as { caddies?: Row[]; lines?: string[] };
  if (Array.isArray(lines)) return lines.join("\n");
  if (Array.isArray(caddies)) return renderTable(caddies.map(flat));
  return Object.entries(flat(result as Row))
    .map(([key, value]) => `${key.padEnd(14)} ${value}`)
    .join("\n");
}

/** Lists and objects inside a row as one word each. */
function flat(row: Row): Record<string, string> {
  const cells: Record<string, string> = {};
  for (const [key, value] of Object.entries(row)) {
    if (key === "edges" && Array.isArray(value)) {
      cells[key] = value.map((edge) => `${edge.on ? "on" : "off"}@${edge.atMs}`).join(" ") || "-";
    } else if (typeof value === "object" && value !== null) {
      const parts = Object.entries(value).filter(([, count]) => count !== 0);
      cells[key] = parts.map(([name, count]) => `${name}:${count}`).join(" ") || "-";
    } else if (typeof value === "boolean") cells[key] = value ? "yes" : "-";
    else cells[key] = value === null ? "-" : String(value);
  }
  return cells;
}

function renderTable(rows: Record<string, string>[]): string {
  const keys = Object.keys(rows[0] ?? {});
  const widths = keys.map((key) =>
    Math.max(key.length, ...rows.map((row) => row[key]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd();
  return [line(keys), ...rows.map((row) => line(keys.map((key) => row[key] ?? "")))].join("\n");
}
