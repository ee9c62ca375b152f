import type { ImageSource } from "../images/chooseImage";

/** The sources that are an override: somebody's decision, with a last day. */
const OVERRIDE_SOURCES: ReadonlySet<string> = new Set<ImageSource>([
    "agent-override",
    "org-override",
    "stack-override",
]);

/** Whether an `image-source` annotation claims an override. */
export function isOverrideSource(source: string | undefined): boolean {
    return source !== undefined && OVERRIDE_SOURCES.has(source);
}
