/**
 * Headless Chromium on the built pages: served from `dist` under the application's content security policy, with the
 * fake app behind the bridge. Time stands still at `NOW_MS` in UTC, so that pictures are the same at every run.
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

import { buildSync } from "esbuild";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

import type { World } from "../backend";
import { NOW_MS } from "../sample";

const ROOT = join(import.meta.dirname, "../..");
const DIST = join(ROOT, "dist");
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

interface TauriConfig {
  app: { security: { csp: Record<string, string> } };
}

export interface Opened {
  page: Page;
  /** The page's errors, refused resources and unhandled rejections. Must stay empty. */
  complaints: string[];
}

export class Chromium {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #backend = bundleBackend();

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  static async start(): Promise<Chromium> {
    if (!existsSync(join(DIST, "index.html")))
      throw new Error("ui/dist is missing: run `npm run build` first");
    const browser = await chromium.launch({
      executablePath: process.env["POUNCE_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"],
    });
    return new Chromium(browser, await serveDist());
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }

  /** Opens a screen, such as `#dashboard` or `?language=de#dashboard`, in a world of the test's choice. */
  async open(hash: string, world: Partial<World>, options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await this.#browser.newContext({
      viewport: { width: 900, height: 640 },
      timezoneId: "UTC",
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    await page.clock.setFixedTime(NOW_MS);
    await page.addInitScript(`window.pounceWorld = ${JSON.stringify(world)};`);
    await page.addInitScript(this.#backend);
    await page.goto(`http://localhost:${(this.#server.address() as AddressInfo).port}/${hash}`);
    return { page, complaints };
  }
}

function bundleBackend(): string {
  const entryPoints = [join(ROOT, "test/browser/page_backend.ts")];
  const { outputFiles } = buildSync({
    entryPoints,
    bundle: true,
    loader: { ".jsonc": "text" },
    format: "iife",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** The policy of tauri.conf.json, as the web view applies it. */
function contentSecurityPolicy(): string {
  const { app } = JSON.parse(readFileSync(join(ROOT, "../tauri.conf.json"), "utf8")) as TauriConfig;
  return Object.entries(app.security.csp)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ");
}

async function serveDist(): Promise<Server> {
  const policy = contentSecurityPolicy();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(DIST, normalize(pathname === "/" ? "/index.html" : pathname));
    if (!existsSync(file)) {
      response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": policy });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
