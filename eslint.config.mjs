import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/"] },
    js.configs.recommended,
    {
        files: ["**/*.ts", "**/*.mts"],
        extends: [tseslint.configs.strictTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            // A number in a message is fine; an Output in one is the mistake this rule is kept for.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
        },
    },
    {
        files: ["test/**/*.ts"],
        rules: {
            // Mocha and node:assert: a floating describe/it is how a test is declared.
            "@typescript-eslint/no-floating-promises": "off",
        },
    },
);
