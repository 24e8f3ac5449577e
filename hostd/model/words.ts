// The closed word lists of shack.yaml.
export const CARRIERS = ["pi3", "pi4", "pi5", "cm4", "hc1", "switch", "router"] as const;
export type Carrier = (typeof CARRIERS)[number];

/** What a slot does after a cold start, or when a caddy is inserted. */
export const POLICIES = ["off", "on", "last"] as const;
export type Policy = (typeof POLICIES)[number];
