import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** A YAML example of a page, with what its first line says it is: `Pulumi.prod.yaml`, `a profile`. */
export interface DocExample {
    readonly what: string;
    readonly value: Record<string, unknown>;
}

/** The YAML examples of a page of docs/ that say in their first line what they are. */
export function docExamples(page: string): readonly DocExample[] {
    const text = fs.readFileSync(path.join(PACKAGE_ROOT, "docs", page), "utf8");
    return [...text.matchAll(/^```yaml\n# (.*)\n([\s\S]*?)^```$/gm)].map(([, what = "", yaml = ""]) => ({
        what,
        value: parse(yaml) as Record<string, unknown>,
    }));
}
