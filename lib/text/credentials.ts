/** A value under one of these names is nearly always a credential: it is not written down in plain text, nor in an error. */
export const SECRET_NAME =
    /(^|_)(TOKEN|PASSWD|PASS|PASSPHRASE|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$|PASSWORD$/i;

/** What credentials look like, by the word of those who issue them; the longest parts are unmistakable, so nothing else is taken for one. */
const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
    ["a private key", /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/],
    [
        "an API key",
        /(^|[^A-Za-z0-9])(sk|rk|pk)[-_](ant-|proj-|live_|test_|or-)?(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}/,
    ],
    ["a GitHub token", /(^|[^A-Za-z0-9])(gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})/],
    ["a GitLab token", /(^|[^A-Za-z0-9])gl(pat|dt|rt|cbt)-[A-Za-z0-9_-]{16,}/],
    ["a Slack token", /(^|[^A-Za-z0-9])(xox[a-z]-|xapp-)[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/\w/],
    ["an AWS key", /(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/],
    [
        "a Google key",
        /(^|[^A-Za-z0-9])(AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,}|GOCSPX-[A-Za-z0-9_-]{16,})/,
    ],
    ["a package registry's token", /(^|[^A-Za-z0-9])(npm_|pypi-|dckr_pat_|hf_|pul-)[A-Za-z0-9_-]{24,}/],
    ["a SendGrid key", /(^|[^A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/],
    ["a JSON web token", /(^|[^A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/],
    ["a bearer token", /\b(Bearer|Basic)\s+[A-Za-z0-9+/_.=-]{16,}/i],
];

/** `password=…` in a query, a connection string, an argument or an environment file. A variable's name stands for no value. */
const NAMED =
    /(?<![A-Za-z0-9])(?:[A-Z0-9_-]*(?:TOKEN|PASSWORD|PASSWD|PWD|SECRET|API[_-]?KEY|ACCESS[_-]?KEY|PRIVATE[_-]?KEY|ACCOUNTKEY|SHAREDACCESSKEY|KEY-DATA|CREDENTIALS?))["'\\]*\s*[=:]\s*["'\\]*(?!\$[({])[^\s"',;&$]/i;

/** A URL with a user and a password, or with a user of the web, who may be a token. */
const URL_WITH_USER = /([a-z][a-z0-9+.-]*):\/\/([^/?#\s:@]*)(?::([^/?#\s@]*))?@/gi;

/** A variable that the pod or a shell fills in: what stands for a value, and is none. */
const REFERENCE = /^\$(\([A-Za-z_][A-Za-z0-9_]*\)|\{[A-Za-z_][A-Za-z0-9_]*\})$/;

/**
 * What of a text looks like a credential: `a URL with a password`. The text itself is never repeated. `undefined` where nothing does.
 */
export function credentialIn(text: string): string | undefined {
    for (const [, scheme = "", user = "", password] of text.matchAll(URL_WITH_USER)) {
        if (password !== undefined && password !== "" && !REFERENCE.test(password)) {
            return "a URL with a password";
        }
        if (/^https?$/i.test(scheme) && user !== "" && !REFERENCE.test(user)) {
            return "a URL with a user, who may be a token";
        }
    }
    const shape = SHAPES.find(([, each]) => each.test(text));
    return shape?.[0] ?? (NAMED.test(text) ? "a credential by its name" : undefined);
}
