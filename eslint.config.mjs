import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** One style of Node's modules: `node:` in front, and the whole module under its own name where many of its functions are used. */
const NODE_IMPORTS = [
    {
        selector:
            "ImportDeclaration[source.value=/^(fs|os|path|crypto|util|url|net|http|https|stream|events|timers|child_process)(\\u002F.*)?$/]",
        message: 'Write "node:" in front of it.',
    },
    {
        selector:
            "ImportDeclaration[source.value=/^node:(fs|os|path)$/] > :matches(ImportSpecifier, ImportDefaultSpecifier)",
        message: 'Write: import * as fs from "node:fs".',
    },
];

export default tseslint.config(
    { ignores: ["node_modules/", "policy/checker/dist/"] },
    js.configs.recommended,
    {
        files: ["**/*.ts", "**/*.mts"],
        extends: [tseslint.configs.strictTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            // A number in a message is fine; an Output in one is the mistake this rule is kept for.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
            "no-restricted-syntax": ["error", ...NODE_IMPORTS],
            // A file that is read in one go, and a function that is seen at once.
            "max-lines": ["error", 260],
            "max-lines-per-function": ["error", { max: 75, skipBlankLines: true, skipComments: true }],
        },
    },
    {
        files: ["test/**/*.ts"],
        rules: {
            // Mocha and node:assert: a floating describe/it is how a test is declared.
            "@typescript-eslint/no-floating-promises": "off",
            "max-lines": ["error", 400],
            "max-lines-per-function": "off",
        },
    },
);
