/**
 * The chart as a picture for sharing: a heading with the percentiles, the bars, and a legend with the medians,
 * in the current colour scheme. Returned as base64, as the bridge takes it.
 */
import { formatMs } from "../../format";
import { inlineStyles } from "./inline_styles";
import { STAGES } from "../stages";
import type { Summary } from "../statistics";
import { t } from "../../language/language.svelte";

const SVG = "http://www.w3.org/2000/svg";
const [PADDING, HEADING, LEGEND] = [16, 36, 48];
const LEGEND_COLUMNS = 4;
const PIXELS_PER_UNIT = 2;

/** Draws `chart`, which must be on the page; rejects where the web view cannot draw or encode it. */
export async function drawPicture(chart: SVGSVGElement, summary: Summary): Promise<string> {
  const picture = compose(chart, summary);
  const canvas = await rasterize(picture);
  const address = canvas.toDataURL("image/png");
  const base64 = /^data:image\/png;base64,(.+)$/.exec(address)?.[1];
  if (!base64) throw new Error("this web view cannot encode a PNG");
  return base64;
}

/** The whole picture as one SVG that needs no style sheet. */
export function compose(chart: SVGSVGElement, summary: Summary): SVGSVGElement {
  const { width, height } = chart.getBoundingClientRect();
  const picture = element("svg", {
    width: width + 2 * PADDING,
    height: height + 2 * PADDING + HEADING + LEGEND,
  }) as SVGSVGElement;
  picture.append(
    element("rect", { width: "100%", height: "100%", fill: color("--surface") }),
    ...heading(summary),
    placed(inlineStyles(chart), PADDING, PADDING + HEADING),
    ...legend(summary, width, PADDING + HEADING + height + LEGEND / 3),
  );
  return picture;
}

function heading(summary: Summary): SVGElement[] {
  const { p50 = null, p95 = null, p99 = null } = summary.total ?? {};
  const figures = `p50 ${formatMs(p50)} · p95 ${formatMs(p95)} · p99 ${formatMs(p99)}`;
  return [
    text(PADDING, PADDING + 12, `Pounce: ${t("amount.requests", { count: summary.count })}`, "--text", 600),
    text(PADDING, PADDING + 30, figures, "--text-soft"),
  ];
}

function legend(summary: Summary, width: number, top: number): SVGElement[] {
  const medians = new Map(summary.byStage.map(({ stage, percentiles }) => [stage, percentiles.p50]));
  return STAGES.flatMap(({ stage, color: variable }, index) => {
    const x = PADDING + (index % LEGEND_COLUMNS) * (width / LEGEND_COLUMNS);
    const y = top + Math.floor(index / LEGEND_COLUMNS) * 20;
    const fill = color(variable.slice("var(".length, -1));
    return [
      element("rect", { x, y: y - 9, width: 10, height: 10, rx: 2, fill }),
      text(x + 16, y, `${t(`stage.${stage}`)} ${formatMs(medians.get(stage) ?? null)}`, "--text-soft"),
    ];
  });
}

async function rasterize(picture: SVGSVGElement): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(picture))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Number(picture.getAttribute("width")) * PIXELS_PER_UNIT;
  canvas.height = Number(picture.getAttribute("height")) * PIXELS_PER_UNIT;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this web view cannot draw on a canvas");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function text(x: number, y: number, content: string, variable: string, weight = 400): SVGElement {
  const fontFamily = getComputedStyle(document.body).fontFamily;
  const node = element("text", { x, y, fill: color(variable), "font-family": fontFamily, "font-size": 12 });
  node.setAttribute("font-weight", String(weight));
  node.textContent = content;
  return node;
}

function placed(node: SVGElement, x: number, y: number): SVGElement {
  node.setAttribute("x", String(x));
  node.setAttribute("y", String(y));
  return node;
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

function color(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable);
}
