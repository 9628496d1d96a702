// An entry of the attribute `products`, as the page wrote it.

export interface Item extends Record<string, unknown> {
  id: string | number;
  title: string;
  image: string;
}

export function isItem(item: unknown): item is Item {
  const { id, title, image } = (item ?? {}) as Record<string, unknown>;
  return (typeof id === 'string' || typeof id === 'number') && typeof title === 'string' && typeof image === 'string';
}
