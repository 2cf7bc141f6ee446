// Defines the custom elements that the page is made of.

import './shell/bar.js';
import './shell/more.js';
import './shell/rail.js';

// no page waits for what another one needs: the server says which modules this one begins with
await Promise.all((window.ANDON?.modules ?? []).map((name) => import(`./${name}`)));
