// The shop's product form: which of a page's forms it is, its own button, and the product that it has selected.
// Part of the eager script: the button's label follows the form's selection.
import type { Product } from './state.ts';

export type SubmitButton = HTMLButtonElement | HTMLInputElement;
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | HTMLButtonElement;

/** Names under which shop systems keep the product's or the variant's id, the most exact one first. */
export const ID_FIELDS = ['id', 'variation_id', 'add-to-cart', 'product_id'];

/** The button that a shopper presses to add the product. Forms beside it (instalments, wish lists) have none. */
export function submitButton(form: HTMLFormElement): SubmitButton | undefined {
  const buttons = controls(form).filter(
    (control): control is SubmitButton => /^(button|input)$/.test(control.localName) && control.type === 'submit' && !control.hasAttribute('formaction'),
  );
  return buttons.find((button) => /^add|add-to-cart|add_to_cart/.test(`${button.name} ${button.className}`)) ?? buttons[0];
}

/**
 * The form that `selector` means for `element`: of those that can be submitted, the one that stands nearest. Throws what
 * `querySelectorAll` throws for a selector that is none.
 */
export function findForm(element: Element, selector: string): HTMLFormElement | undefined {
  const root = element.getRootNode() as Document | ShadowRoot;
  const matches = (scope: ParentNode): HTMLFormElement[] =>
    [...scope.querySelectorAll(selector)].filter((found): found is HTMLFormElement => found instanceof HTMLFormElement);
  const inRoot = matches(root);
  const all = inRoot.length > 0 ? inRoot : matches(document);
  const usable = all.filter(submitButton);
  for (let near: Element | null = element; near; near = near.parentElement) {
    const found = usable.find((form) => near.contains(form));
    if (found) return found;
  }
  return usable[0] ?? all[0];
}

/** The one of `products` that the form has selected. */
export function selectedProduct(form: HTMLFormElement, products: readonly Product[], field?: string): Product | undefined {
  for (const name of field === undefined ? ID_FIELDS : [field]) {
    const id = valueOf(form, name);
    const found = id && products.find((product) => product.id === id);
    if (found) return found;
  }
  return products.find(({ fields }) => fields && Object.entries(fields).every(([name, value]) => valueOf(form, name) === value));
}

/** The value that the form would send under `name`; a submit button counts, because it is the one that is pressed. */
export function valueOf(form: HTMLFormElement, name: string): string | undefined {
  const named = controls(form).filter((control) => control.name === name);
  const chosen = named.find((control) => !isChoice(control) || (control as HTMLInputElement).checked);
  return chosen?.value;
}

export function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter((control): control is Control => 'value' in control && 'name' in control && control.localName !== 'output');
}

export function isChoice(control: Control): boolean {
  return /^(radio|checkbox)$/.test(control.type);
}
