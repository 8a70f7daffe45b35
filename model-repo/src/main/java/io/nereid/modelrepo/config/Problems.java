package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Gathers everything that is wrong with one configuration, to be reported together. Not thread-safe. */
final class Problems {

    private final String modelName;
    private final ConfigSource source;
    private final Set<ConfigProblem> found;
    private final boolean reportMissing;

    /**
     * @param earlier what reading the file has found
     * @param reportMissing whether what is not there is a problem: not if it may have been lost with a part of the file
     *     that could not be read
     */
    Problems(String modelName, ConfigSource source, List<ConfigProblem> earlier, boolean reportMissing) {
        this(modelName, source, reportMissing, new LinkedHashSet<>(earlier));
    }

    private Problems(String modelName, ConfigSource source, boolean reportMissing, Set<ConfigProblem> found) {
        this.modelName = modelName;
        this.source = source;
        this.reportMissing = reportMissing;
        this.found = found;
    }

    /** The same list, for checks of what the backend may still complete: only what is wrong gets into it. */
    Problems withoutMissing() {
        return new Problems(modelName, source, false, found);
    }

    /** Something that is there and wrong. */
    void wrong(String path, String message) {
        found.add(ConfigProblem.at(source.root().locate(path), message));
    }

    /** Something that is not there and must be. */
    void missing(String path, String message) {
        if (reportMissing) {
            wrong(path, message);
        }
    }

    /** @throws ModelConfigException with all problems in the order of the file, if there are any */
    void throwIfAny() {
        if (!found.isEmpty()) {
            List<ConfigProblem> sorted = new ArrayList<>(found);
            sorted.sort(Comparator.comparingInt(ConfigProblem::line).thenComparingInt(ConfigProblem::column));
            throw new ModelConfigException(source.describe(modelName, sorted), sorted);
        }
    }
}
