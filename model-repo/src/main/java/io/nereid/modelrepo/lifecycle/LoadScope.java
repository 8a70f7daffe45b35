package io.nereid.modelrepo.lifecycle;

import java.util.Collection;
import java.util.Set;

/**
 * What a load of a model may change: its decisions, without what is loaded.
 *
 * @param keep the served versions that stay as they are, passed over with {@link LoadMode#ADDITIONAL}
 * @param mode what becomes of the load if a version fails
 */
record LoadScope(Set<Long> keep, LoadMode mode) {
    /** Whether a version that is not loaded stays as it is. */
    boolean keeps(long version) {
        return mode == LoadMode.ADDITIONAL || keep.contains(version);
    }

    /**
     * Whether the load changes what is served: if no version has failed, or if it is {@link LoadMode#PARTIAL} and
     * anything of the model will be served.
     *
     * @param loaded the versions that could be loaded
     * @param failed those that could not, of which what was served before stays
     * @param served what is served now
     */
    boolean takesEffect(Collection<Long> loaded, Collection<Long> failed, Collection<Long> served) {
        if (failed.isEmpty()) {
            return true;
        }
        return mode == LoadMode.PARTIAL && (!loaded.isEmpty()
                || served.stream().anyMatch(version -> keeps(version) || failed.contains(version)));
    }

    /** Whether the server is ready without the versions that failed, while anything else of the model is served. */
    boolean isAdditional() {
        return mode == LoadMode.ADDITIONAL;
    }
}
