import type { AnyRule } from "./rule";
import { allowedRepositories } from "./rules/allowedRepositories";
import { noExpiredOverride } from "./rules/noExpiredOverride";
import { noMutableLastResort } from "./rules/noMutableLastResort";
import { requireImmutableImages } from "./rules/requireImmutableImages";
import { requirePlatformImage } from "./rules/requirePlatformImage";
import { requireTenantGuards } from "./rules/requireTenantGuards";

/** Every rule of the pack, in the order in which they report. */
export const allRules: readonly AnyRule[] = [
    requireImmutableImages,
    requirePlatformImage,
    noExpiredOverride,
    noMutableLastResort,
    allowedRepositories,
    requireTenantGuards,
];
