/** The mark of the project: blades in a row, one of them lit. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" class="mark-case" />
      <rect x="6" y="7" width="4.5" height="18" rx="1.2" class="mark-blade" />
      <rect x="12" y="7" width="4.5" height="18" rx="1.2" class="mark-blade" />
      <rect x="18" y="7" width="4.5" height="18" rx="1.2" class="mark-lit" />
      <rect x="24" y="7" width="2.5" height="18" rx="1.2" class="mark-dim" />
    </svg>
  );
}
