// The plugin in a shop: installed from its archive, configured by its pages, used by a shopper in
// Chromium, and removed. One shop for all: each test brings it into the state that it needs.
import './settings.mjs';
import './product.mjs';
import './order.mjs';
