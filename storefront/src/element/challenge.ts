// Where a challenge is shown: in the page's own tree, as such widgets want it, and inside the dialog by a slot, so that it
// can be reached while the dialog is modal.

const SLOT = 'challenge';

export function challengePlace(element: EventTarget): HTMLElement {
  const place = document.createElement('div');
  place.slot = SLOT;
  if (element instanceof Element) {
    element.querySelector(`:scope > [slot=${SLOT}]`)?.remove();
    element.append(place);
  }
  return place;
}
