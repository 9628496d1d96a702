// What the demo shop sells. Pictures are in `pictures/`, named as here.

/** @typedef {{ id: string, name: string, picture: string, swatch: string }} Colour */
/** @typedef {{ id: string, title: string, price: number, category: string, text: string, details: string[], colours: Colour[] }} Product */

export const shop = { name: 'Halden', currency: 'EUR', sample: 'shopper-woman' };

/** @type {Product[]} */
export const products = [
  {
    id: 't-shirt',
    title: 'Organic cotton T-shirt',
    price: 39,
    category: 'tops',
    text: 'A straight, midweight T-shirt that keeps its shape. Ribbed collar, shoulder to shoulder tape, and a hem that sits at the hip.',
    details: ['100 % organic cotton, 190 g/m²', 'Straight fit, true to size', 'Wash at 30 °C with like colours'],
    colours: [
      { id: 't-shirt-sage', name: 'Sage', picture: 'tshirt-sage', swatch: '#7fa183' },
      { id: 't-shirt-rust', name: 'Rust', picture: 'tshirt-rust', swatch: '#b04f2f' },
      { id: 't-shirt-ink', name: 'Ink', picture: 'tshirt-ink', swatch: '#2c3a5e' },
    ],
  },
  {
    id: 'cable-jumper',
    title: 'Cable-knit jumper',
    price: 129,
    category: 'tops',
    text: 'Three cables, a rolled collar and generous cuffs, knitted in wool of one weight for autumn through spring.',
    details: ['100 % merino wool', 'Relaxed fit', 'Hand wash, dry flat'],
    colours: [{ id: 'cable-jumper', name: 'Ochre', picture: 'cable-jumper', swatch: '#b8933f' }],
  },
  {
    id: 'denim-jacket',
    title: 'Denim jacket',
    price: 149,
    category: 'tops',
    text: 'A short jacket in rigid denim with two chest pockets. Stiff on the first day, yours from the tenth.',
    details: ['100 % cotton denim, 13 oz', 'Regular fit', 'Wash seldom, inside out'],
    colours: [{ id: 'denim-jacket', name: 'Washed blue', picture: 'denim-jacket', swatch: '#4f729e' }],
  },
  {
    id: 'floral-dress',
    title: 'Printed summer dress',
    price: 99,
    category: 'one-pieces',
    text: 'A light dress with a gathered waist and a small print, cut to move. Side pockets, of course.',
    details: ['100 % viscose', 'Falls below the knee', 'Wash at 30 °C, hang to dry'],
    colours: [{ id: 'floral-dress', name: 'Wine', picture: 'floral-dress', swatch: '#5e1f35' }],
  },
];
