// Add to cart: the result's id travels with the order line.

/** Puts the result's id (and the product that was tried on) into the shop's product form and submits it. */
export function addResultToForm(form: HTMLFormElement, field: string, picked: { productId: string; resultId: string }): void {
  const { elements } = form;
  // (1) The id, in a field of the name that the shop's cart expects.
  let carrier = elements.namedItem(field);
  if (!(carrier instanceof HTMLInputElement)) {
    carrier = Object.assign(document.createElement('input'), { type: 'hidden', name: field });
    form.append(carrier);
  }
  (carrier as HTMLInputElement).value = picked.resultId;
  // (2) Another colour was tried on than the form shows: that one is wanted.
  const id = elements.namedItem('id');
  if (id instanceof HTMLInputElement && /^\d+$/.test(picked.productId)) id.value = picked.productId;
  if (id instanceof HTMLSelectElement && [...id.options].some(({ value }) => value === picked.productId)) id.value = picked.productId;
  // (3) As if the shopper had pressed the form's own button: the shop's handlers run.
  form.requestSubmit();
}
