import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { describeAnswer, send } from "../lib/http/send";
import { runScript } from "../lib/system/runScript";
import { markdownBlock } from "../lib/text/markdown";
import { MendableError } from "../lib/text/mendableError";

/** Characters of a comment that GitHub takes: https://github.com/orgs/community/discussions/41331 */
const MAX_LENGTH = 63_000;

/** Comments that are looked through for ours, page by page. */
const PAGE = 100;

/** Room for a page of the longest comments. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const eventSchema = z.object({ pull_request: z.object({ number: z.int().positive() }) });
const commentsSchema = z.array(z.object({ id: z.number(), body: z.string().nullish() }));

/**
 * Writes files as one comment of the pull request that a workflow runs for: the comment that it wrote before is changed, so
 * that there is one however often the workflow runs. For GitHub and Gitea, whose APIs are the same here.
 * `npm run sticky-comment -- <key> <file>...`
 */
async function main([key, ...files]: readonly string[]): Promise<void> {
    if (key === undefined || !/^[a-z-]+$/.test(key) || files.length === 0) {
        throw new Error("expected a key and files: npm run sticky-comment -- preview stale.md preview.txt");
    }
    const event: unknown = JSON.parse(fs.readFileSync(variable("GITHUB_EVENT_PATH"), "utf8"));
    const parsed = eventSchema.safeParse(event);
    if (!parsed.success) {
        throw new Error("the event is no pull request; expected a workflow that runs on pull_request");
    }
    const marker = `<!-- customer-orgs: ${key} -->`;
    const body = [marker, blocks(files).join("\n\n")].join("\n");

    const issue = `${variable("GITHUB_API_URL")}/repos/${variable("GITHUB_REPOSITORY")}/issues`;
    const own = await findOwn(`${issue}/${parsed.data.pull_request.number}/comments`, marker);
    if (own === undefined) {
        await call(`${issue}/${parsed.data.pull_request.number}/comments`, "POST", { body });
    } else {
        await call(`${issue}/comments/${own}`, "PATCH", { body });
    }
    console.log(own === undefined ? "commented" : "comment changed");
}

/** The files' parts of the comment. What a short one leaves of its share goes to the longer ones. */
function blocks(files: readonly string[]): readonly string[] {
    const texts = files.map((file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : ""));
    let room = MAX_LENGTH;
    const rooms = new Map<number, number>();
    for (const [done, [index, text]] of [...texts.entries()]
        .sort(([, a], [, b]) => a.length - b.length)
        .entries()) {
        rooms.set(index, Math.min(text.length, Math.floor(room / (files.length - done))));
        room -= rooms.get(index) ?? 0;
    }
    return files.map((file, index) => block(file, texts[index] ?? "", rooms.get(index) ?? 0));
}

/** A file's part of the comment: Markdown as it is; anything else as it was printed, below the file's name. */
function block(file: string, text: string, room: number): string {
    const { name, ext } = path.parse(file);
    if (text === "") {
        // Its step failed or was not run: a comment without it would look as if all were well.
        return `**${name}**: nothing was written; see the log of its step.`;
    }
    const clipped = clip(text, room);
    return ext === ".md" ? clipped : `**${name}**\n\n${markdownBlock(clipped)}`;
}

/** A long text without its middle: it begins with what it is about, and ends with what stands against it and the counts. */
function clip(text: string, room: number): string {
    if (text.length <= room) {
        return text;
    }
    const [head, tail] = [text.slice(0, room / 4), text.slice(-(room * 3) / 4)];
    // Whole lines, where there are any.
    const begin = head.slice(0, head.lastIndexOf("\n") + 1) || head;
    const end = tail.slice(tail.indexOf("\n") + 1) || tail;
    const lines = text.split("\n").length - begin.split("\n").length - end.split("\n").length + 1;
    return `${begin.trimEnd()}\n\n(${Math.max(lines, 1)} lines are left out here; the step's log has them)\n\n${end}`;
}

async function findOwn(url: string, marker: string): Promise<number | undefined> {
    for (let page = 1; ; page++) {
        // GitHub's name and Gitea's for the same thing.
        const query = new URLSearchParams({ per_page: `${PAGE}`, limit: `${PAGE}`, page: `${page}` });
        const comments = commentsSchema.parse(await call(`${url}?${query.toString()}`, "GET"));
        const own = comments.find(({ body }) => body?.startsWith(marker) === true);
        if (own !== undefined || comments.length === 0) {
            return own?.id;
        }
    }
}

async function call(url: string, method: "GET" | "POST" | "PATCH", body?: unknown): Promise<unknown> {
    const who = `${method} ${url.split("?")[0] ?? ""}`;
    const answer = await send({
        who,
        url,
        method,
        headers: {
            accept: "application/json",
            authorization: `Bearer ${variable("GITHUB_TOKEN")}`,
            "content-type": "application/json",
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        timeoutMs: 30_000,
        maxBytes: MAX_ANSWER_BYTES,
    });
    if (answer.status < 200 || answer.status >= 300) {
        throw new MendableError(`${who}: ${describeAnswer(answer)}`);
    }
    return JSON.parse(answer.body) as unknown;
}

function variable(name: string): string {
    const value = process.env[name];
    if (value === undefined || value === "") {
        throw new Error(`the variable ${name} is not set; expected what a workflow's runner sets`);
    }
    return value;
}

void runScript(() => main(process.argv.slice(2)));
