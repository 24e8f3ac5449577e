// Edge: xterm writes its rules into <style> elements, which the policy of hostd's pages refuses as
// inline styles. The build (vite.config.ts) gives it this element instead: it keeps the same rules
// in a constructed style sheet, which only a script that already runs can make.

class SheetElement extends HTMLElement {
  readonly #sheet = new CSSStyleSheet();

  override set textContent(rules: string) {
    this.#sheet.replaceSync(rules);
  }

  connectedCallback(): void {
    this.hidden = true;
    document.adoptedStyleSheets.push(this.#sheet);
  }

  disconnectedCallback(): void {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(
      (sheet) => sheet !== this.#sheet,
    );
  }
}

export function defineSheetElement(): void {
  if (!customElements.get("caddy-sheet")) customElements.define("caddy-sheet", SheetElement);
}
