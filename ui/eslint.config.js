import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

/** Only the bridge may know Tauri; everything else takes typed values. */
const tauriOnlyInBridge = {
  files: ["src/**"],
  ignores: ["src/ipc.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: ["@tauri-apps/*"], message: "only src/ipc.ts talks to Tauri" }] },
    ],
  },
};

/** Basic components stay free of the application, so that they can be read and tested alone. */
const basicComponentsKnowNoApp = {
  files: ["src/components/**"],
  ignores: ["src/components/**/*.test.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ["../../*", "!../../language", "@tauri-apps/*"],
            message: "src/components knows nothing of the application but its language",
          },
        ],
      },
    ],
  },
};

export default ts.config(
  { ignores: ["dist/", "node_modules/", "screenshots/", "src/bindings/"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  {
    rules: {
      "no-undef": "off",
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  tauriOnlyInBridge,
  basicComponentsKnowNoApp,
);
