import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The pages come from the application itself: relative addresses, one bundle, nothing inlined
// (the content security policy refuses inline script, style and data addresses of fonts).
export default defineConfig({
  plugins: [svelte()],
  base: "./",
  clearScreen: false,
  // The samples of the tests take the default settings from the service's file, and one window shows the licence.
  server: { port: 5173, strictPort: true, fs: { allow: [".."] } },
  build: {
    target: "safari16",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: "values",
          environment: "node",
          include: ["src/**/[a-z]*.test.ts"],
          exclude: ["src/**/store.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "page",
          environment: "happy-dom",
          include: ["src/**/[A-Z]*.test.ts", "src/**/store.test.ts"],
          setupFiles: ["test/setup.ts"],
        },
      },
    ],
  },
});
