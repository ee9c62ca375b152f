import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isSeq } from "yaml";
import { z } from "zod";
import { orgSpecSchema } from "../../config/orgSpec";
import { parseYamlAs } from "../../config/parseYaml";
import { type ImageOverride, imageOverrideSchema } from "../../images/imageOverride";
import { MendableError } from "../../lib/text/mendableError";
import { editYaml, mapAt, setKey } from "../editYaml";
import type { HeldOrg } from "./heldOrg";

/**
 * Writes overrides into an org's file: those of a named agent beside its name, those of the org under `imageOverrides`. Comments and
 * order stay; an override that is there is replaced key by key.
 *
 * @param overrides runtime → override
 */
export function writeOverrides(
    { text, agent }: Pick<HeldOrg, "text" | "agent">,
    overrides: ReadonlyMap<string, ImageOverride>,
): string {
    return edit(text, agent, [...overrides.keys()], (document) => {
        for (const [runtime, override] of overrides) {
            const map = mapAt(document, pathOf(document, runtime, agent));
            map.flow = false;
            for (const [key, value] of Object.entries(z.encode(imageOverrideSchema, override))) {
                setKey(map, document, key, value);
            }
        }
        const ofOrg = document.get("imageOverrides");
        if (isMap(ofOrg)) {
            ofOrg.flow = false;
        }
    });
}

/** Takes the overrides of runtimes out of an org's file again. */
export function removeOverrides(
    { text, agent }: Pick<HeldOrg, "text" | "agent">,
    runtimes: readonly string[],
): string {
    return edit(text, agent, runtimes, (document) => {
        for (const runtime of runtimes) {
            document.deleteIn(pathOf(document, runtime, agent));
        }
        const ofOrg = document.get("imageOverrides");
        if (isMap(ofOrg) && ofOrg.items.length === 0) {
            document.delete("imageOverrides");
        }
    });
}

/** Nothing but the overrides that are meant may change: an anchor could stand for others too. */
function edit(
    text: string,
    agent: string | undefined,
    runtimes: readonly string[],
    change: (document: Document) => void,
): string {
    const after = editYaml(text, change);
    const [old, now] = [text, after].map((each) => {
        const read = parseYamlAs(each, "the org's file", orgSpecSchema);
        if (!read.ok) {
            throw new MendableError(read.problems.join("\n"), { problems: read.problems });
        }
        const { agents, imageOverrides = new Map<string, ImageOverride>(), ...rest } = read.value;
        const others = [...imageOverrides].filter(
            ([runtime]) => agent !== undefined || !runtimes.includes(runtime),
        );
        const without = agents.map(({ imageOverride, ...each }) =>
            each.name === agent ? each : { ...each, imageOverride },
        );
        return { ...rest, without, others };
    });
    if (!isDeepStrictEqual(old, now)) {
        throw new MendableError(
            "the override is written by an anchor that stands for others too; expected it written out, or changed by hand",
        );
    }
    return after;
}

function pathOf(document: Document, runtime: string, agent: string | undefined): (string | number)[] {
    if (agent === undefined) {
        return ["imageOverrides", runtime];
    }
    const agents = document.get("agents");
    const index = isSeq(agents)
        ? agents.items.findIndex((item) => isMap(item) && item.get("name") === agent)
        : -1;
    if (index < 0) {
        throw new MendableError(
            `the agent "${agent}" is written by an anchor or a merge key, which nothing but a person may change; expected it written out`,
        );
    }
    return ["agents", index, "imageOverride"];
}
