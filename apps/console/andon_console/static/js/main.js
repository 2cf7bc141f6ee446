// Defines the custom elements that the page is made of.

import './shell/bar.js';

// no page waits for what another one needs
if (window.ANDON?.page === 'floor') await import('./floor/floor.js');
else if (window.ANDON?.page === 'data') await import('./data/data.js');
else await Promise.all([import('./machine/machine.js'), import('./machine/machines.js')]);
