import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** The rows of the page's table: each room with the rooms that it may import, from the bottom up. */
function readRooms(): Map<string, readonly string[]> {
    const page = fs.readFileSync(path.join(PACKAGE_ROOT, "docs/architecture.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([^`]+)` +\|[^|]+\|([^|]+)\|$/gm)];
    return new Map(
        rows.map(([, room = "", may = ""]) => [
            room,
            [...may.matchAll(/`([^`]+)`/g)].map(([, to = ""]) => to),
        ]),
    );
}

/** Every file of the product with the files of ours that it imports, types and `await import(…)` included. */
function readImports(): Map<string, readonly string[]> {
    const files = execFileSync("git", ["ls-files", "*.ts", "*.mts", "*.js", "*.mjs"], {
        cwd: PACKAGE_ROOT,
        encoding: "utf8",
    }).split("\n");
    const product = new Set(files.filter((file) => file.includes(".") && !/^test\/|config\.mjs$/.test(file)));
    const resolve = (from: string, to: string) => {
        const file = path.join(path.dirname(from), to);
        return [file, `${file}.ts`, `${file}/index.ts`].find((name) => product.has(name)) ?? file;
    };
    return new Map(
        [...product].map((file) => {
            const text = fs.readFileSync(path.join(PACKAGE_ROOT, file), "utf8");
            const imported = ts
                .preProcessFile(text, true, true)
                .importedFiles.map(({ fileName }) => fileName);
            const own = imported.filter((name) => name.startsWith(".") && !name.endsWith("package.json"));
            return [file, own.map((name) => resolve(file, name))];
        }),
    );
}

const roomOf = (file: string) => file.split("/")[0] ?? file;

describe("the architecture", () => {
    const rooms = readRooms();
    const imports = readImports();

    it("has no file outside of the rooms that docs/architecture.md lists", () => {
        assert.deepEqual([...new Set([...imports.keys()].map(roomOf))].sort(), [...rooms.keys()].sort());
    });

    it("has every room in README's table", () => {
        const readme = fs.readFileSync(path.join(PACKAGE_ROOT, "README.md"), "utf8");
        const missing = [...rooms.keys()].filter(
            (room) => !new RegExp(`^\\|.*\`${room}/?\``, "m").test(readme),
        );
        assert.deepEqual(missing, []);
    });

    it("lets a room import only those that stand above it in the table", () => {
        const order = [...rooms.keys()];
        const upward = [...rooms].flatMap(([room, may]) =>
            may
                .filter((to) => to !== "test" && (!rooms.has(to) || order.indexOf(to) >= order.indexOf(room)))
                .map((to) => `${room} → ${to}`),
        );
        assert.deepEqual(upward, []);
    });

    it("has no import that the table does not name", () => {
        const refused = [...imports].flatMap(([file, to]) =>
            to
                .filter((other) => roomOf(other) !== roomOf(file))
                .filter((other) => rooms.get(roomOf(file))?.includes(roomOf(other)) !== true)
                .map((other) => `${file} → ${other}`),
        );
        assert.deepEqual(refused, []);
    });

    it("has no circle of files", () => {
        const done = new Set<string>();
        const visit = (file: string, above: readonly string[]) => {
            assert.ok(!above.includes(file), [...above.slice(above.indexOf(file)), file].join(" → "));
            if (!done.has(file)) {
                (imports.get(file) ?? []).forEach((to) => {
                    visit(to, [...above, file]);
                });
                done.add(file);
            }
        };
        [...imports.keys()].forEach((file) => {
            visit(file, []);
        });
    });
});
