// MQTT 3.1.1 topic names and filters (section 4.7).

/** A topic name to publish to: not empty, no wildcards, no NUL. */
export function isTopicName(topic: string): boolean {
  return topic.length > 0 && !/[+#\0]/.test(topic);
}

/** A filter to subscribe to: `+` fills a level, `#` is the whole last level. */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0 || filter.includes("\0")) return false;
  const levels = filter.split("/");
  return levels.every((level, i) => {
    if (level === "#") return i === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
}

/** Whether a topic name falls under a filter. Wildcards do not match a leading `$`. */
export function topicMatches(filter: string, topic: string): boolean {
  return filter === topic || levelsMatch(filter.split("/"), topic.split("/"));
}

/** The same with both already split at the slashes. */
export function levelsMatch(want: readonly string[], have: readonly string[]): boolean {
  if (have[0]?.startsWith("$") && (want[0] === "+" || want[0] === "#")) return false;
  for (let i = 0; i < want.length; i++) {
    if (want[i] === "#") return true;
    if (i >= have.length || (want[i] !== "+" && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}
