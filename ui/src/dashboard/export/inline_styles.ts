/** Copies an SVG of the page with its computed styles as attributes, so that it looks the same elsewhere. */

/** The properties that style sheets set in this app's charts. */
const INLINED = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
] as const;

export function inlineStyles(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll<SVGElement>("*");
  copy.querySelectorAll<SVGElement>("*").forEach((element, index) => {
    const original = originals[index];
    if (original) inline(getComputedStyle(original), element);
  });
  return copy;
}

function inline(computed: CSSStyleDeclaration, element: SVGElement): void {
  for (const property of INLINED) {
    const value = computed.getPropertyValue(property);
    if (value) element.setAttribute(property, value);
  }
  element.removeAttribute("class");
}
