/** One place in an object that names an image to run. */
export interface ImageSite {
    /** Where it is, from the top of what was checked: `spec.template.spec.containers[0].image`. */
    readonly path: string;
    /** What it is, for a person: `container "agent"`, `init container "gate"`, `image volume "tools"`. */
    readonly what: string;
    /** The container's own name, where it has one that is known. */
    readonly containerName?: string;
    /** The image as written: text, absent, `UNKNOWN`, or whatever else stands there. */
    readonly image: unknown;
    /** Why nobody can tell from the object alone what runs here; absent where the image can be judged. */
    readonly whyUnjudged?: string;
    /** Whether the object cannot work without an image here, so that a missing one is a violation. */
    readonly required: boolean;
}

/** Adds a field to a path: `a.b`, `a[0]`, `a["x.y"]`. */
export function joinPath(path: string, key: string | number): string {
    if (typeof key === "number") {
        return `${path}[${key}]`;
    }
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) {
        return `${path}[${JSON.stringify(key)}]`;
    }
    return path === "" || path.endsWith(".") ? `${path}${key}` : `${path}.${key}`;
}

/** A path that is written out only when something is found there: most of an object holds no image. */
export interface Place {
    readonly parent: Place | undefined;
    readonly key: string | number;
}

/** Writes a place out, behind a prefix such as `items[3].`. */
export function pathOf(place: Place | undefined, prefix: string): string {
    const keys: (string | number)[] = [];
    for (let at = place; at !== undefined; at = at.parent) {
        keys.push(at.key);
    }
    return keys.reverse().reduce<string>(joinPath, prefix);
}
