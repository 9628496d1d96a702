// A shop on Turbo: links change the page's body in place.
import '@hotwired/turbo';
