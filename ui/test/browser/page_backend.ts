/** Bundled and put into the page before the app's own script: the fake app, with the world that the test chose. */
import { type Backend, installBackend, type World } from "../backend";

declare global {
  interface Window {
    pounceWorld: Partial<World>;
    pounceBackend: Backend;
  }
}

window.pounceBackend = installBackend(window.pounceWorld);
