/**
 * What a file is for when its objects are not created as they stand: a patch is laid over an object that is whole elsewhere;
 * what is aside (a generator's settings, a ConfigMap's content, a test's expectation) is never created.
 */
export type FileRole = { readonly kind: "patch" } | { readonly kind: "aside"; readonly why: string };
