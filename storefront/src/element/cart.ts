// Add to cart, as if the shopper had pressed the theme's own button: for the product that was tried on, once, with the
// result's id on the order line. What came of it is watched, not assumed.
import { controls, ID_FIELDS, isChoice, submitButton, valueOf, type SubmitButton } from './form.ts';
import type { Config } from './host.ts';
import type { Product } from './state.ts';

/**
 * `incomplete`: the form's own checks failed, nothing was sent. `unavailable`: the theme's button is disabled, or the form
 * doesn't sell this product. `refused`: the shop answered with an error. `unknown`: it was sent, and nothing was heard.
 */
export type Outcome = 'added' | 'incomplete' | 'unavailable' | 'refused' | 'unknown';

export interface Order {
  product: Product;
  resultId: string;
  /** Name of the field that carries the result's id. */
  field: string;
  /** Name of the field that carries the product's id, where the shop names it. */
  productField: string | undefined;
}

/** A theme that looks up a variant fills in its id and enables the button when the answer is there. */
const READY_WITHIN_MS = 4_000;
const ANSWER_WITHIN_MS = 10_000;

/** True if pressing the form's button can mean `product`: it is selected there, or the form has a field to select it. */
export function canOrder(form: HTMLFormElement, product: Product, selected: Product | undefined, productField?: string): boolean {
  return isSelected(product, selected) || fieldsOf(product, productField).every(([name, value]) => target(form, name, value, productField) !== undefined);
}

export async function orderThroughForm(form: HTMLFormElement, order: Order, selected: Product | undefined): Promise<Outcome> {
  const { product, productField } = order;
  const button = submitButton(form);
  if (!button || !canOrder(form, product, selected, productField)) return 'unavailable';
  const undo: (() => void)[] = [];
  try {
    // (1) Another product was tried on than the form has selected: that one is wanted.
    if (!isSelected(product, selected)) {
      for (const [name, value] of fieldsOf(product, productField)) undo.unshift(select(form, name, value, productField));
    }
    // (2) The result's id, in a field of the name that the shop's cart expects.
    undo.unshift(carry(form, order.field, order.resultId));
    // (3) What would keep a shopper's own press from working keeps this one too.
    if (!(await becomes(() => isEnabled(button) && follows(form, product, selected)))) return 'unavailable';
    if (!form.noValidate && !button.formNoValidate && form.matches(':invalid')) return 'incomplete';
    // (4) Press, and see what the shop answers.
    return await press(form, button);
  } finally {
    // The shopper's next press on the theme's button is for what the page shows.
    for (const step of undo) step();
  }
}

/** Variants that share a picture look the same: the form's own choice of size stands. */
function isSelected(product: Product, selected: Product | undefined): boolean {
  return selected !== undefined && (selected.id === product.id || selected.image === product.image);
}

function fieldsOf({ id, fields }: Product, productField: string | undefined): [string, string][] {
  return fields ? Object.entries(fields) : [[productField ?? 'id', id]];
}

type Field = HTMLInputElement | HTMLSelectElement;

/** The control that can take `value` under `name`. Free text takes anything only where the shop has named the field. */
function target(form: HTMLFormElement, name: string, value: string, productField: string | undefined): Field | undefined {
  return controls(form).find((control): control is Field => {
    if (control.name !== name) return false;
    if (control instanceof HTMLSelectElement) return [...control.options].some((option) => option.value === value && !option.disabled);
    if (!(control instanceof HTMLInputElement)) return false;
    const { type } = control;
    if (isChoice(control)) return control.value === value && !control.disabled;
    return type !== 'submit' && (name === productField || name !== 'id' || /^\d+$/.test(value));
  });
}

function select(form: HTMLFormElement, name: string, value: string, productField: string | undefined): () => void {
  const control = target(form, name, value, productField);
  if (!control) return () => undefined;
  const before = valueOf(form, name) ?? '';
  if (before === value) return () => undefined;
  set(control, value);
  return () => {
    const former = target(form, name, before, name);
    if (former) set(former, before);
  };
}

/** As a shopper's hand does it, so that the theme's own script follows. */
function set(control: Field, value: string): void {
  if (control instanceof HTMLInputElement && isChoice(control)) control.checked = true;
  else control.value = value;
  control.dispatchEvent(new Event('input', { bubbles: true }));
  control.dispatchEvent(new Event('change', { bubbles: true }));
}

function carry(form: HTMLFormElement, name: string, value: string): () => void {
  const known = controls(form).find((control) => control.name === name);
  if (known) {
    const before = known.value;
    known.value = value;
    return () => {
      known.value = before;
    };
  }
  const carrier = Object.assign(document.createElement('input'), { type: 'hidden', name, value });
  form.append(carrier);
  return () => carrier.remove();
}

/**
 * The most exact of the theme's own fields must no longer name the selected product: WooCommerce's other ones name a variation's
 * parent, whatever is selected.
 */
function follows(form: HTMLFormElement, product: Product, selected: Product | undefined): boolean {
  if (isSelected(product, selected)) return true;
  const id = ID_FIELDS.map((name) => valueOf(form, name)).find((value) => value !== undefined);
  return id === undefined || id !== selected?.id;
}

function isEnabled(button: SubmitButton): boolean {
  return !button.matches(':disabled, [aria-disabled=true], .disabled');
}

/** Resolves to false if `condition` isn't met in time. Themes change values and classes alike, so it is asked again and again. */
function becomes(condition: () => boolean): Promise<boolean> {
  const until = performance.now() + READY_WITHIN_MS;
  return new Promise((resolve) => {
    const ask = (): void => {
      if (condition()) resolve(true);
      else if (performance.now() > until) resolve(false);
      else setTimeout(ask, 50);
    };
    ask();
  });
}

/** Presses the theme's button and watches the page's own requests for the cart's answer. */
function press(form: HTMLFormElement, button: SubmitButton): Promise<Outcome> {
  return new Promise((resolve) => {
    const pressedAtMs = performance.now();
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
        if (entry.startTime >= pressedAtMs && isCartRequest(entry, form)) end(answerOf(entry));
      }
    });
    const end = (outcome: Outcome): void => {
      observer.disconnect();
      clearTimeout(timer);
      removeEventListener('pageshow', unknown);
      resolve(outcome);
    };
    const unknown = (): void => end('unknown');
    const timer = setTimeout(unknown, ANSWER_WITHIN_MS);
    // The page was left for the cart's and taken up again from the browser's memory.
    addEventListener('pageshow', unknown);
    observer.observe({ type: 'resource' });
    button.click();
  });
}

function isCartRequest({ initiatorType, name }: PerformanceResourceTiming, form: HTMLFormElement): boolean {
  if (!/^(fetch|xmlhttprequest|beacon)$/.test(initiatorType)) return false;
  const { origin, pathname, search } = new URL(name, location.href);
  const action = new URL(form.getAttribute('action') ?? '', document.baseURI);
  const isAction = action.pathname !== location.pathname && pathname.startsWith(action.pathname);
  return origin === location.origin && (isAction || /cart|basket|bag\b/i.test(pathname + search));
}

/** Browsers that keep the status from the page say 0: then nobody knows. */
function answerOf({ responseStatus }: PerformanceResourceTiming): Outcome {
  if (!responseStatus) return 'unknown';
  return responseStatus < 400 ? 'added' : 'refused';
}

/** A shop that listens takes any product; a form takes what it can select; for the rest there is the product's page. */
export function cartWay({ form, selected, productField, cart }: Config, product: Product): 'add' | 'link' | undefined {
  if (cart || (form && canOrder(form, product, selected, productField))) return 'add';
  if (product.url !== undefined) return 'link';
  return form ? 'add' : undefined;
}
