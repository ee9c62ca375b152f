import { type Document, YAMLMap, isMap, isScalar, parseDocument } from "yaml";
import { MendableError } from "../lib/text/mendableError";

/**
 * Changes the text of a YAML file. Comments, order and everything else stay; what is written is quoted where the engine, which reads
 * YAML 1.1, would take it for something else than text.
 *
 * @throws MendableError when the text is no YAML
 */
export function editYaml(text: string, change: (document: Document) => void): string {
    // Plain scalars that YAML 1.1 reads as a time, a number or a boolean are quoted.
    const document = parseDocument(text, { compat: "yaml-1.1" });
    const [error] = document.errors;
    if (error !== undefined) {
        throw new MendableError(error.message);
    }
    change(document);
    return document.toString({ lineWidth: 0 });
}

/** The map at a path; an empty one is made where there is none. */
export function mapAt(document: Document, path: readonly (string | number)[]): YAMLMap {
    const found = document.getIn(path);
    if (isMap(found)) {
        return found;
    }
    document.setIn(path, new YAMLMap());
    return document.getIn(path) as YAMLMap;
}

/** Sets a key, or takes it away where the value is `undefined`. The comment beside a text stays. */
export function setKey(map: YAMLMap, document: Document, key: string, value: unknown): void {
    if (value === undefined) {
        map.delete(key);
        return;
    }
    const before = map.get(key, true);
    if (isScalar(before) && typeof value === "string") {
        before.value = value;
    } else {
        // Without keys that are `undefined`, and without shared objects, for which YAML would write anchors.
        map.set(
            key,
            typeof value === "string" ? value : document.createNode(JSON.parse(JSON.stringify(value))),
        );
    }
}
