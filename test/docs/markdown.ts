// As much Markdown as the documentation tests need: headings, links, code blocks and tables.

export interface Fence {
  language: string;
  lines: string[];
  /** Line of the first line of code, counted from 1. */
  line: number;
}

export interface Link {
  target: string;
  line: number;
}

interface Split {
  prose: { text: string; line: number }[];
  fences: Fence[];
}

function split(markdown: string): Split {
  const result: Split = { prose: [], fences: [] };
  let open: Fence | undefined;
  markdown.split("\n").forEach((text, index) => {
    const mark = /^\s*```(.*)$/.exec(text);
    if (mark && !open) open = { language: (mark[1] ?? "").trim(), lines: [], line: index + 2 };
    else if (mark && open) {
      result.fences.push(open);
      open = undefined;
    } else if (open) open.lines.push(text);
    else result.prose.push({ text, line: index + 1 });
  });
  return result;
}

export function fences(markdown: string): Fence[] {
  return split(markdown).fences;
}

/** Headings as written, without their marks; `depth` 2 for `##`. */
export function headings(markdown: string): { text: string; depth: number; line: number }[] {
  return split(markdown).prose.flatMap(({ text, line }) => {
    const match = /^(#{1,6}) +(.*?) *#*$/.exec(text);
    return match ? [{ text: match[2] ?? "", depth: (match[1] ?? "").length, line }] : [];
  });
}

/** The anchors of a page as forges make them: lower case, spaces to dashes, repeats numbered. */
export function anchors(markdown: string): Set<string> {
  const found = new Set<string>();
  for (const { text } of headings(markdown)) {
    const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; found.has(anchor); count += 1) anchor = `${slug}-${count}`;
    found.add(anchor);
  }
  return found;
}

/** Links and images; what stands in code spans is no link. */
export function links(markdown: string): Link[] {
  return split(markdown).prose.flatMap(({ text, line }) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)/g)].map((match) => ({
      target: match[1] ?? "",
      line,
    })),
  );
}

/** The body of a section, heading excluded, up to the next heading that is not below it. */
export function section(markdown: string, heading: string): string {
  const all = headings(markdown);
  const at = all.findIndex(({ text }) => text === heading);
  const own = all[at];
  if (!own) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  const next = all.slice(at + 1).find(({ depth }) => depth <= own.depth);
  return markdown
    .split("\n")
    .slice(own.line, next ? next.line - 1 : undefined)
    .join("\n");
}

/** Rows of the first table, each a list of cells; the head and its rule are left out. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((text) => /^\|[ :|-]+\|$/.test(text));
  if (start === -1) throw new Error("there is no table");
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((text) => !text.startsWith("|"));
  return rest.slice(0, end === -1 ? undefined : end).map((text) =>
    text
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** The code spans of a text. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}
