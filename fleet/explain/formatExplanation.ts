import { formatPlace } from "../../config/sourceLines";
import { shortImage } from "../../images/shortImage";
import { formatColumns, wrap } from "../../lib/text/columns";
import { printableLine } from "../../lib/text/printable";
import { describeLag } from "../report/describeRow";
import { TABLE_WIDTH } from "../report/table";
import type { ExplainedAgent, Explanation } from "./explanation";

const INDENT = " ".repeat("  should run  ".length);

/** Pins of a runtime that are shown; JSON has all. */
const MAX_PINS = 6;

/** The explanation for a terminal. But for values and file names, no line is longer than {@link TABLE_WIDTH}. */
export function formatExplanation({ org, agents, gaps }: Explanation): string {
    const notes = gaps.flatMap(({ message }) => wrap(message, TABLE_WIDTH, "Note: ", "      "));
    return [...agents.flatMap((agent) => [...formatAgent(org, agent), ""]), ...notes].join("\n").trimEnd();
}

function formatAgent(org: string, agent: ExplainedAgent): string[] {
    const { kind, deployment, namespace, cluster, stack, runtime, status } = agent;
    const name = agent.agent === null ? org : `${org}/${agent.agent}`;
    const object = `${kind ?? "namespace"} ${namespace}${deployment === null ? "" : `/${deployment}`}`;
    const place = `${object} in "${cluster ?? "?"}", stack ${stack === null ? "none" : `"${stack}"`}`;
    const section = (title: string, lines: readonly string[]): string[] =>
        lines.flatMap((line, index) =>
            wrap(line, TABLE_WIDTH, index === 0 ? title.padEnd(INDENT.length) : INDENT, `${INDENT}  `),
        );
    const { next } = agent;
    return [
        printableLine(`${name}: ${status}, ${runtime ?? "of no known runtime"}`),
        ...section("  it is", [place]),
        ...section("  runs", describeRuns(agent)),
        ...section("  should run", [describeTarget(agent)]),
        ...section(
            "  because",
            agent.why.map(({ text, where }) =>
                where === undefined ? text : `${text} (${formatPlace(where)})`,
            ),
        ),
        ...section("  pins", describePins(agent)),
        ...section("  next up", [next.text]),
        ...section("  unless", next.unless),
        ...describeValues(agent),
    ];
}

function describeRuns({ image, release, running, behind, proof }: ExplainedAgent): string[] {
    const lag = describeLag(behind);
    const named = release === null ? shortImage(image) : `${release} (${shortImage(image)})`;
    const proven = proof === null ? "" : `, ${proof.state}${proof.at === null ? "" : ` ${proof.at}`}`;
    return [
        `${named}${lag === "" || lag === "?" ? "" : `, ${lag} behind`}${proven}`,
        ...running.map(({ digest, pods, ready, since }) => {
            const what = digest === null ? "not pulled yet" : digest;
            return `${pods === 1 ? "1 pod" : `${pods} pods`}, ${ready} ready${since === null ? "" : `, since ${since}`}: ${what}`;
        }),
    ];
}

function describeTarget({ target }: ExplainedAgent): string {
    if (target === null) {
        return "nobody says so";
    }
    const { image, release, source } = target;
    return `${release === null ? shortImage(image) : `${release} (${shortImage(image)})`}, by its ${source}`;
}

function describePins({ history }: ExplainedAgent): string[] {
    const words = { pin: "the pin", target: "what it should run", live: "what it runs" };
    const shown = history.slice(0, MAX_PINS).map(({ release, image, promotedAt, is }) => {
        const what = is.map((each) => words[each]).join(", ");
        return `${promotedAt ?? "(nobody recorded when)"}  ${release} (${shortImage(image)})${what === "" ? "" : `: ${what}`}`;
    });
    const more = history.length - shown.length;
    return more > 0 ? [...shown, `and ${more} older`] : shown;
}

function describeValues({ values }: ExplainedAgent): string[] {
    const rows = values.map(({ word, value, where }) => [
        word,
        value,
        where === undefined ? "built in" : formatPlace(where),
    ]);
    return rows.length === 0 ? [] : ["  values", ...formatColumns(rows, 160).map((line) => `    ${line}`)];
}
