/** Small helpers for a DOM that is built once and changed only where something changed: every repaint costs the generator. */

type Child = Node | string;

export interface Props {
  readonly test?: string;
  /** Of some things in 4.0, instead. */
  readonly testid?: string;
  readonly id?: string;
  readonly class?: string;
  readonly label?: string;
  readonly hidden?: boolean;
  readonly onClick?: () => void;
}

/** An element with BBB's `data-test` name. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.test !== undefined) element.dataset['test'] = props.test;
  if (props.testid !== undefined) element.dataset['testid'] = props.testid;
  if (props.id !== undefined) element.id = props.id;
  if (props.class !== undefined) element.className = props.class;
  if (props.label !== undefined) element.setAttribute('aria-label', props.label);
  if (props.hidden === true) element.hidden = true;
  if (props.onClick) element.addEventListener('click', props.onClick);
  element.append(...children);
  return element;
}

export function button(test: string, label: string, onClick: () => void, text = label): HTMLButtonElement {
  const element = el('button', { test, label, onClick }, text);
  element.type = 'button';
  return element;
}

/** Writes text only if it differs. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, visible: boolean): void {
  if (element.hidden === visible) element.hidden = !visible;
}
