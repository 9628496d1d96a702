// The element's attributes as properties, which frameworks set and scripts read.

export const ATTRIBUTES = [
  'gateway', 'product-image', 'garment-signature', 'product-id', 'product-title', 'products', 'model', 'category', 'inputs', 'sample',
  'label', 'locale', 'strings', 'privacy-url', 'consent', 'consent-version', 'form', 'product-field', 'cart-field', 'metrics', 'holdout',
] as const;

type PropertyName<Name extends string> = Name extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<PropertyName<Tail>>}` : Name;

/** `null` where the attribute is absent. `products` and `inputs` also take a list and an object. */
export type AttributeProperties = { [Name in (typeof ATTRIBUTES)[number] as PropertyName<Name>]: string | null };

export function reflectAttributes(prototype: HTMLElement): void {
  for (const attribute of ATTRIBUTES) {
    Object.defineProperty(prototype, attribute.replace(/-./, ([, letter = '']) => letter.toUpperCase()), {
      get(this: HTMLElement) {
        return this.getAttribute(attribute);
      },
      set(this: HTMLElement, value: unknown) {
        if (value == null) this.removeAttribute(attribute);
        else this.setAttribute(attribute, typeof value === 'object' ? JSON.stringify(value) : String(value));
      },
    });
  }
}
