/** Marks that the first data is drawn: end-to-end tests wait for `data-ready` on the body. Call it in an effect. */
export function markReady(): void {
  document.body.dataset["ready"] = "true";
}
