/** A finding's path as keys: `a["x.y"][0]` is `a`, `x.y`, 0. */
export function splitPath(path: string): (string | number)[] {
    const keys: (string | number)[] = [];
    for (const [, name, index, quoted] of path.matchAll(
        /([^.[\]"]+)(?=[.[]|$)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g,
    )) {
        if (index !== undefined) {
            keys.push(Number(index));
        } else if (quoted !== undefined) {
            keys.push(JSON.parse(quoted) as string);
        } else if (name !== undefined) {
            keys.push(name);
        }
    }
    return keys;
}
