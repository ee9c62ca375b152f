const reasons = new Set<string>();

/** Skips the test or suite whose hook `context` is, and says why: there, and again in the summary of the tier. */
export function skipBecause(context: Mocha.Context, why: string): never {
    console.error(`SKIPPED, ${why}`);
    reasons.add(why);
    return context.skip();
}

/** Why something was skipped in this process, each reason once. */
export function skipReasons(): readonly string[] {
    return [...reasons];
}
