/** For an option that may be given several times, `--env staging --env prod`, and once at least where it is required. */
export function collect(value: string, all: readonly string[] = []): readonly string[] {
    return [...all, value];
}
