// The entry of `/staff`.
import './chart.ts';
import { Page } from './page.ts';

const root = document.querySelector<HTMLElement>('#staff');
if (root) void new Page(root).begin();
