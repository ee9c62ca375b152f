/** One way in which a server wants to be shown credentials. */
export interface Challenge {
    /** In lower case: `bearer`, `basic`. */
    readonly scheme: string;
    /** Names in lower case. */
    readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;

/** Reads a `WWW-Authenticate` header, which may hold several challenges: RFC 9110, 11.6.1. What is not understood is left out. */
export function parseChallenges(header: string): readonly Challenge[] {
    const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
    let position = 0;
    const match = (pattern: RegExp): RegExpExecArray | null => {
        pattern.lastIndex = position;
        const found = pattern.exec(header);
        position = found === null ? position : pattern.lastIndex;
        return found;
    };
    while (position < header.length) {
        match(/[\s,]*/y);
        const name = match(TOKEN)?.[0];
        if (name === undefined) {
            position++;
            continue;
        }
        // A name with "=" after it is a parameter of the challenge before; one without begins the next challenge.
        if (match(/\s*=\s*/y) === null) {
            challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
            continue;
        }
        const quoted = match(QUOTED);
        const value = quoted === null ? match(TOKEN)?.[0] : quoted[1]?.replace(/\\(.)/g, "$1");
        challenges.at(-1)?.parameters.set(name.toLowerCase(), value ?? "");
    }
    return challenges;
}
