import type { AgentImage } from "../../config/chooseAgentImages";
import { whatForbids } from "../../config/prohibition";
import { PLATFORM_PROJECT } from "../../config/referenceChain";
import { type FoundImage, formatImageReference, readImage } from "../../images/imageReference";
import { sameImage } from "../../images/sameImage";
import { shortImage } from "../../images/shortImage";
import type { NextUpdate } from "./explanation";
import type { AgentContext } from "./findReasons";
import type { PermittedImages } from "./permittedImages";

/** Problems of other orgs that are repeated. */
const MAX_PROBLEMS = 5;

/** What the next update does to an agent's image, and what would change that. Pure. */
export function describeNext(agent: AgentContext, permitted: PermittedImages): NextUpdate {
    const { row, written } = agent;
    const name = `${row.org}/${row.agent ?? ""}`;
    const settled = (does: NextUpdate["does"], text: string, ...unless: string[]): NextUpdate => ({
        does,
        image: null,
        text,
        unless,
    });
    if (row.stack === null || row.kind !== "Deployment") {
        return settled(
            "nothing",
            "no stack deploys it, so that no update touches it",
            '"fleet adopt" brings its org under Pulumi',
        );
    }
    if (permitted.kind === "refused") {
        const own = permitted.problems.filter((problem) => problem.includes(`"${row.org}"`));
        const others = permitted.problems.filter((problem) => !own.includes(problem));
        const named = [...own, ...others].slice(0, MAX_PROBLEMS);
        const more = permitted.problems.length - named.length;
        return settled(
            "refused",
            `the update of the whole stack is refused before anything is changed: ${named.join("; ")}` +
                (more > 0 ? `; and ${more} more` : ""),
            "whatever the sentence before expects",
        );
    }
    if (permitted.kind === "unknown") {
        return settled("unknown", permitted.why);
    }
    if (row.notes.some((note) => note.includes("would fail"))) {
        return settled(
            "fails",
            "its namespace or Deployment exists already, and is not the stack's",
            '"fleet adopt" takes it over',
        );
    }
    const image = permitted.images.get(name);
    if (image === undefined) {
        return written?.leaves === true
            ? settled(
                  "removes",
                  "removes it: its org leaves",
                  `"offboarding" is taken out of ${written.file} before`,
              )
            : row.deployed === null
              ? settled("nothing", "its stack has no such agent")
              : settled("removes", "removes it: its org's file does not have it any more");
    }
    return describeImage(agent, image, permitted.kept.get(name));
}

function describeImage(agent: AgentContext, image: AgentImage, wanted: AgentImage | undefined): NextUpdate {
    const { row, facts } = agent;
    const text = formatImageReference(image.image);
    const name = image.release ?? shortImage(text);
    const answer = (does: NextUpdate["does"], said: string, unless: readonly string[]): NextUpdate => ({
        does,
        image: text,
        text: said,
        unless,
    });
    if (wanted !== undefined) {
        const instead = wanted.release ?? shortImage(formatImageReference(wanted.image));
        return answer("keeps", `keeps it on ${name}, and does not roll it to ${instead}`, describeEnd(agent));
    }
    if (row.deployed === null) {
        return answer("creates", `creates it with ${name}`, whatHolds(agent, image));
    }
    const isSame = (other: string | null) => other !== null && isThatImage(readImage(other), image);
    if (!isSame(row.deployed)) {
        return answer("rolls", `rolls it from ${fromOf(agent)} to ${name}`, whatHolds(agent, image));
    }
    if (row.live !== null && !isSame(row.live)) {
        const why = `the state has ${name} already, so that a plain update sees no difference to ${shortImage(row.live)}, which runs`;
        return answer("nothing", why, [
            `"pulumi up --refresh --stack ${facts.stack.replace(/^.*\//, "")}" takes it back to ${name}`,
        ]);
    }
    return answer("nothing", `nothing: it is on ${name}`, whatMoves(agent, image));
}

function isThatImage(found: FoundImage, image: AgentImage): boolean {
    return sameImage(found, image.image);
}

function fromOf({ row }: AgentContext): string {
    return row.release ?? shortImage(row.live ?? row.deployed);
}

/** `--stack prod`; of the platform's own agents `--env prod`. */
function optionOf({ facts }: AgentContext): string {
    return facts.coreNamespace === undefined
        ? `--stack ${facts.stack}`
        : `--env ${facts.stack.slice(PLATFORM_PROJECT.length + 1)}`;
}

/** What ends a pause or a freeze window. */
function describeEnd(agent: AgentContext): readonly string[] {
    const said = agent.loaded?.config ?? agent.platform?.plan;
    const forbidden = said && whatForbids(said, agent.now);
    return [
        ...(forbidden === undefined ? [] : [`its end: the stack is ${forbidden.why}`]),
        ...(forbidden?.kind === "pause" ? [`"fleet unpause ${optionOf(agent)}"`] : []),
        `"fleet break-glass ${optionOf(agent)}" passes over it`,
    ];
}

/** What keeps an agent from an image that it is to get. */
function whatHolds(agent: AgentContext, { source }: AgentImage): readonly string[] {
    const { row, facts } = agent;
    const who = `${row.org}/${row.agent ?? ""}`;
    const own =
        source === "pin"
            ? `"fleet hold ${who}" keeps it on a release`
            : `"fleet unhold ${who}" lets it follow the pin`;
    return [
        ...(facts.coreNamespace === undefined ? [own] : []),
        `"fleet pause ${optionOf(agent)}" keeps the whole stack as it is`,
    ];
}

/** What moves an agent that is where it should be. */
function whatMoves({ row, platform, rings, facts }: AgentContext, image: AgentImage): readonly string[] {
    const who = `${row.org}/${row.agent ?? ""}`;
    if (image.override !== undefined) {
        const { expires } = image.override;
        return [
            `"fleet unhold ${who}" lets it follow the pin`,
            image.expired === undefined
                ? `after ${expires} the override has expired: it stays as it is, in red, until somebody decides`
                : `its override has expired on ${expires}: it stays as it is until somebody renews or removes it`,
        ];
    }
    const [ring] = rings;
    const environment = platform?.plan.file.replace(/^.*Pulumi\.|\.yaml$/g, "");
    return [
        ring === undefined
            ? `the platform's stack proves another pin${environment === undefined ? "" : `: "fleet promote --env ${environment}"`}`
            : `"${ring.facts.stack}" proves another pin, which its own agents must really run before`,
        ...(facts.coreNamespace === undefined ? [`"fleet hold ${who}" keeps it on a release`] : []),
    ];
}
