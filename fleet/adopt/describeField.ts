import { AGENT_CONTAINER } from "../../images/metadata";

/** Between the steps of a field's path, whose names may have dots. */
export const SEPARATOR = "\u0000";

/** A path as people read it: the whole container, variable or volume where all of it is meant. */
export function describePath(path: string, of: ReadonlyMap<string, string>): string {
    const steps = path.split(SEPARATOR);
    const at = (index: number) => steps[index] ?? "";
    if (steps[0] === "annotations" || steps[0] === "labels") {
        return `its ${steps[0] === "labels" ? "label" : "annotation"} "${steps.slice(1).join(".")}"`;
    }
    if (steps[0] === "spec") {
        return `its "${steps.slice(1).join(".")}"`;
    }
    if (steps[1] !== "spec") {
        return `its pods' ${at(1) === "labels" ? "label" : "annotation"} "${steps.slice(2).join(".")}"`;
    }
    const [list, name, ...rest] = steps.slice(2);
    const mounted =
        name === AGENT_CONTAINER && rest[0] === "volumeMounts" ? rest[1]?.split(":")[0] : undefined;
    const volume = list === "volumes" ? name : mounted;
    if (volume !== undefined) {
        const claim = of.get(
            ["pods", "spec", "volumes", volume, "persistentVolumeClaim", "claimName"].join(SEPARATOR),
        );
        const whose =
            claim === undefined ? "" : ` of the claim ${claim}, which is not the program's to adopt`;
        return `volume "${volume}"${whose}`;
    }
    if (list === "initContainers" || (list === "containers" && name !== AGENT_CONTAINER)) {
        return `${list === "initContainers" ? "init container" : "container"} "${name ?? ""}"`;
    }
    if (list === "containers" && rest[0] === "env") {
        const what = rest[2]?.startsWith("$(") === true ? `, its reference ${rest[2]}` : "";
        return `variable "${rest[1] ?? ""}"${what}`;
    }
    if (list === "containers") {
        return `its "${rest.slice(0, 3).join(".")}"`;
    }
    return `its pods' "${steps.slice(2, 5).join(".")}"`;
}

/** Shown of numbers, flags and names alone: texts of people's own may hold a credential. */
export function describeValues(path: string, before: string, after: string | undefined): string {
    const own = path
        .split(SEPARATOR)
        .some((step) => /^(env|args|command|annotations|.*headers)$/i.test(step));
    return own || before.length > 80 ? "" : `: ${before} becomes ${after ?? "none"}`;
}
