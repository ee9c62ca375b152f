import { formatDuration } from "../../config/duration";
import { formatImageReference } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";
import { escapeHtml, pagePolicy } from "../../lib/text/html";
import type { Board, StackProgress, StackState } from "./board";
import { describeProgress, whyOf } from "./describe";
import type { RuntimeState } from "./judgeStack";

/** What each state says to whoever does not know the words; the colour repeats it. */
const SAID: Readonly<Record<StackState, string>> = {
    left: "not begun",
    looking: "being looked at",
    previewing: "being previewed",
    updating: "being updated",
    proven: "proven",
    soaking: "soaking",
    held: "held",
    unproven: "not proven",
    refused: "refused",
    failed: "failed",
};

const STYLE = `
:root { color-scheme: light; font: 14px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 90rem; padding: 0 1rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 0; }
code { font: 12px ui-monospace, monospace; }
#chain { display: flex; flex-wrap: wrap; gap: 2.5rem; align-items: flex-start; padding: 0; margin: 1.5rem 0; list-style: none; }
#chain > li { flex: 0 1 20rem; position: relative; }
#chain > li + li::before { content: "→"; position: absolute; left: -1.8rem; top: 1.6rem; font-size: 1.3rem; }
.stack { border: 1px solid #777; border-left-width: 8px; border-radius: 4px; padding: .5rem .7rem; margin-bottom: .7rem; overflow-wrap: anywhere; }
.stack p, .stack ul { margin: .25rem 0 0; } .stack ul { padding-left: 1.1rem; }
.origin, .s-left { border-color: #777; }
.s-looking, .s-previewing, .s-updating { border-color: #1b5e9e; background: #e8f1fa; }
.s-proven { border-color: #2b6e2f; background: #e6f4e7; } .s-soaking { border-color: #8a6d00; background: #fff6da; }
.s-held { border-color: #555; background: #eceff1; }
.s-unproven, .s-refused, .s-failed { border-color: #8b1a1a; background: #fdeaea; }
`;

/**
 * The chain as one page that needs nothing else and runs no script: rings side by side, in each a box for every stack with its pins, what it
 * has proven, what is left of its soak, and who holds it back.
 *
 * @param pins what the origin has proven
 */
export function formatPage(board: Board, pins: RuntimeImages, now: Date): string {
    const title = `Rollout from ${board.origin}`;
    const rings = board.rings.map(
        (stacks, index) =>
            `<li><h2>Ring ${index + 1}</h2>\n${stacks.map((each) => formatStack(each, board, now)).join("\n")}</li>`,
    );
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(STYLE)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${now.toISOString()}. <b id="progress">${escapeHtml(describeProgress(board))}</b></p>
</header>
<ol id="chain">
<li><h2>Where the images come from</h2>
<section class="stack origin"><h3>${escapeHtml(board.origin)}</h3><ul>${[...pins]
        .map(
            ([runtime, { release, image }]) =>
                `<li>${escapeHtml(runtime)}: <b>${escapeHtml(release)}</b> <code title="${escapeHtml(formatImageReference(image))}">${escapeHtml(image.digest.replace(/^sha256:/, "").slice(0, 8))}</code></li>`,
        )
        .join("")}</ul></section></li>
${rings.join("\n")}
</ol>
</body>
</html>
`;
}

function formatStack(one: StackProgress, { rings }: Board, now: Date): string {
    const { stack, state, reads, until, plan } = one;
    const left = until === undefined ? NaN : Date.parse(until) - now.getTime();
    const soak =
        state !== "soaking" || Number.isNaN(left)
            ? ""
            : left > 0
              ? `, ${formatDuration(Math.ceil(left / 60_000) * 60_000)} left, until ${until ?? ""}`
              : ", its soak is over: run the rollout again";
    const lines = (plan?.runtimes ?? []).map((each) => `<li>${escapeHtml(describeRuntime(each))}</li>`);
    const why = whyOf(one, rings).map((each) => `<li>${escapeHtml(each)}</li>`);
    return `<section class="stack s-${state}" data-stack="${escapeHtml(stack)}"><h3>${escapeHtml(stack)}</h3>
<p><b>${SAID[state]}</b>${escapeHtml(soak)}</p>
${reads.length === 0 ? "" : `<p>reads ${escapeHtml(reads.join(", "))}</p>`}
${lines.length === 0 ? "" : `<ul class="runtimes">${lines.join("")}</ul>`}
${why.length === 0 ? "" : `<p>Held back by:</p><ul class="why">${why.join("")}</ul>`}</section>`;
}

function describeRuntime({ runtime, pin, proven }: RuntimeState): string {
    return proven === pin
        ? `${runtime}: ${pin}, proven`
        : `${runtime}: pin ${pin}, proven ${proven ?? "nothing yet"}`;
}
