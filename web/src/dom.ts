// Small things about the page.

type Child = Node | string | number | null | undefined | false;

/** An element with attributes, listeners (on…) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on') && typeof value === 'function') {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(
    ...children
      .filter((c): c is Node | string | number => c !== null && c !== undefined && c !== false)
      .map((c) => (typeof c === 'number' ? String(c) : c)),
  );
  return element;
}

/** Changes a text only where it differs, so that nothing is laid out again for nothing. */
export function put(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Tells the user something for a few seconds. */
export function toast(text: string, kind: 'good' | 'bad' | 'plain' = 'plain'): void {
  const note = h('div', { class: `toast ${kind}` }, text);
  const host = document.getElementById('toasts')!;
  host.append(note);
  while (host.children.length > 4) {
    host.firstChild!.remove();
  }
  setTimeout(() => note.remove(), 7000);
}

/** A dialog with a title; returns it, so that it can be closed. */
export function dialog(title: string, ...body: Child[]): HTMLDialogElement {
  const box = h(
    'dialog',
    { 'aria-label': title },
    h('form', { method: 'dialog', class: 'close' }, h('h2', {}, title), h('button', { 'aria-label': 'Close' }, '✕')),
    ...body,
  );
  document.body.append(box);
  box.addEventListener('close', () => box.remove());
  box.showModal();
  return box;
}

/** Rows that are kept and refilled instead of made again. */
export class Rows {
  private readonly rows: HTMLTableRowElement[] = [];

  constructor(
    private readonly body: HTMLElement,
    private readonly columns: number,
    private readonly empty: string,
  ) {}

  /** Shows rows of cells; a cell is a text, or an element that stays as long as its key stays. */
  show(cells: (string | { text: string; class?: string } | HTMLElement)[][], keys?: string[]): void {
    if (cells.length === 0) {
      this.rows.length = 0;
      if (this.body.dataset.empty !== 'yes') {
        this.body.replaceChildren(h('tr', {}, h('td', { colspan: this.columns, class: 'empty' }, this.empty)));
        this.body.dataset.empty = 'yes';
      }
      return;
    }
    if (this.body.dataset.empty === 'yes') {
      this.body.replaceChildren();
      delete this.body.dataset.empty;
    }
    while (this.rows.length > cells.length) {
      this.rows.pop()!.remove();
    }
    cells.forEach((row, r) => {
      let tr = this.rows[r];
      if (tr === undefined) {
        tr = h('tr', {}, ...row.map(() => h('td')));
        this.rows.push(tr);
        this.body.append(tr);
      }
      const same = keys !== undefined && tr.dataset.key === keys[r];
      if (keys !== undefined) {
        tr.dataset.key = keys[r];
      }
      row.forEach((cell, c) => {
        const td = tr!.children[c] as HTMLElement;
        if (cell instanceof HTMLElement) {
          if (!same || td.firstElementChild === null) {
            td.replaceChildren(cell);
          }
        } else if (typeof cell === 'string') {
          put(td, cell);
        } else {
          put(td, cell.text);
          const name = cell.class ?? '';
          if (td.className !== name) {
            td.className = name;
          }
        }
      });
    });
  }
}

/** A table with a head; returns the table and its rows. */
export function table(name: string, heads: string[], empty: string): { element: HTMLElement; rows: Rows } {
  const body = h('tbody');
  const element = h(
    'div',
    { class: 'scroll' },
    h('table', { 'aria-label': name }, h('thead', {}, h('tr', {}, ...heads.map((t) => h('th', { scope: 'col' }, t)))), body),
  );
  const rows = new Rows(body, heads.length, empty);
  rows.show([]);
  return { element, rows };
}

/** Fills a list of names and values, keeping its elements. */
export function showFacts(list: HTMLElement, facts: [string, string, string?][]): void {
  while (list.children.length > facts.length) {
    list.lastChild!.remove();
  }
  facts.forEach(([name, value, tone], k) => {
    let pair = list.children[k];
    if (pair === undefined) {
      pair = h('div', {}, h('dt'), h('dd'));
      list.append(pair);
    }
    put(pair.children[0]!, name);
    put(pair.children[1]!, value);
    if (pair.children[1]!.className !== (tone ?? '')) {
      pair.children[1]!.className = tone ?? '';
    }
  });
}
