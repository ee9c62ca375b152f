import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument } from "yaml";
import { VETOES_FILE, type Veto } from "../../config/vetoes";
import { writeWhole } from "../../lib/system/writeWhole";

/** Adds a veto to the file, or makes the file; comments stay. The digest must not be vetoed yet. */
export function writeVeto(root: string, veto: Veto): void {
    const file = path.join(root, VETOES_FILE);
    const text = fs.existsSync(file)
        ? fs.readFileSync(file, "utf8")
        : "# Digests that nothing is pinned to or deployed with, in any environment: written by fleet veto.\nvetoes: []\n";
    const document = parseDocument(text);
    const list = document.get("vetoes");
    if (list === undefined || list === null) {
        document.set("vetoes", document.createNode([]));
    }
    const node = document.createNode(veto);
    document.addIn(["vetoes"], node);
    const all = document.get("vetoes") as { flow?: boolean };
    all.flow = false;
    writeWhole(file, document.toString({ lineWidth: 0 }));
}
