import type { JSX } from "preact";

// The side of a carrier that looks out of the rack, standing on edge: sockets as they really sit.

function Jack({ y, x = 4 }: { readonly y: number; readonly x?: number }) {
  return (
    <g>
      <rect x={x} y={y} width="20" height="22" rx="1.5" class="metal" />
      <path d={`M${x + 4} ${y + 4}h12v11h-3v3h-6v-3h-3z`} class="hole" />
    </g>
  );
}

function Usb({ y, blue = false }: { readonly y: number; readonly blue?: boolean }) {
  const tongue = blue ? "tongue blue" : "tongue";
  return (
    <g>
      <rect x="4" y={y} width="20" height="24" rx="1.5" class="metal" />
      <rect x="7" y={y + 3} width="6" height="18" class="hole" />
      <rect x="15" y={y + 3} width="6" height="18" class="hole" />
      <rect x="8" y={y + 4.5} width="2" height="15" class={tongue} />
      <rect x="16" y={y + 4.5} width="2" height="15" class={tongue} />
    </g>
  );
}

function SmallJacks({ y, rows }: { readonly y: number; readonly rows: number }) {
  const cells = Array.from({ length: rows * 2 }, (_, n) => ({
    id: n,
    x: n % 2 === 0 ? 3 : 15,
    y: y + Math.floor(n / 2) * 13,
  }));
  return (
    <g>
      {cells.map((cell) => (
        <g key={cell.id}>
          <rect x={cell.x} y={cell.y} width="10" height="11" rx="1" class="metal" />
          <path d={`M${cell.x + 2} ${cell.y + 2}h6v5h-1.5v2h-3v-2h-1.5z`} class="hole" />
        </g>
      ))}
    </g>
  );
}

const pi = (
  <>
    <Jack y={4} />
    <Usb y={34} blue />
    <Usb y={66} />
  </>
);

const pi5 = (
  <>
    <Usb y={4} blue />
    <Usb y={36} />
    <Jack y={68} />
  </>
);

const FACES: Record<string, JSX.Element> = {
  pi3: (
    <>
      <Jack y={4} />
      <Usb y={34} />
      <Usb y={66} />
    </>
  ),
  pi4: pi,
  "pi3-4": pi,
  pi5,
  "pi5-cm": pi5,
  cm4: (
    <>
      <Jack y={4} />
      <Usb y={34} />
      <rect x="6" y="68" width="16" height="6" rx="2" class="hole" />
      <rect x="6" y="80" width="16" height="6" rx="2" class="hole" />
    </>
  ),
  switch: <SmallJacks y={4} rows={7} />,
  router: (
    <>
      <circle cx="8" cy="11" r="5" class="metal" />
      <circle cx="8" cy="11" r="1.8" class="hole" />
      <circle cx="20" cy="11" r="5" class="metal" />
      <circle cx="20" cy="11" r="1.8" class="hole" />
      <SmallJacks y={24} rows={3} />
      <rect x="6" y="70" width="16" height="6" rx="2" class="hole" />
      <circle cx="14" cy="86" r="2.6" class="hole" />
    </>
  ),
  hc1: (
    <>
      <rect x="6" y="4" width="16" height="52" rx="1.5" class="disk" />
      <path d="M10 10v40M14 10v40M18 10v40" class="fins" />
      <Jack y={62} />
      <rect x="6" y="88" width="16" height="6" rx="2" class="hole" />
    </>
  ),
};

const plain = <rect x="6" y="6" width="16" height="84" rx="2" class="disk" />;

export function Face({ carrier }: { readonly carrier: string | null }) {
  return (
    <svg class="face" viewBox="0 0 28 96" aria-hidden="true">
      {FACES[carrier ?? ""] ?? plain}
    </svg>
  );
}
