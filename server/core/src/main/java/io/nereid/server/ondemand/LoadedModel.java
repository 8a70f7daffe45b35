package io.nereid.server.ondemand;

import java.util.Set;

/**
 * A loaded model as the {@link EvictionPolicy} sees it.
 *
 * @param bytes what it holds
 * @param usedNanos when it was last asked
 * @param safeUntilNanos until when it may not go: it was loaded a short time ago, or keeps sequences
 * @param isBusy whether requests to it are under way
 * @param isKept whether it never goes by itself
 * @param neededBy the loaded ensembles that it is a part of, directly or through other ensembles
 */
record LoadedModel(String name, long bytes, long usedNanos, long safeUntilNanos, boolean isBusy, boolean isKept,
        Set<String> neededBy) {
    LoadedModel {
        neededBy = Set.copyOf(neededBy);
    }
}
