/**
 * Fitting Room's client, for shops that draw their own interface.
 *
 *     import { tryOn } from 'https://try-on.example.com/client.js';
 *     const { images } = await tryOn({ gateway: 'https://try-on.example.com', photo: file, garment: productPicture });
 *
 * @module
 */
export { TryOnError, type FieldFault } from './problems.ts';
export { tryOn } from './try-on.ts';
export { forget, resume } from './watch.ts';
export { getShop, type Shop } from './shop.ts';
export { preparePhoto, type PreparedPhoto } from '../photo/prepare.ts';
export type { Action, Progress, ResumeOptions, Status, TryOnModel, TryOnOptions, TryOnResult } from './types.ts';
