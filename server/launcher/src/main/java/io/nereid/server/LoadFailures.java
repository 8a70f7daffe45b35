package io.nereid.server;

import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;

import java.util.List;
import java.util.stream.Collectors;

/** The models that could not be loaded, and why, as one line. */
final class LoadFailures {
    private static final int MAX_NAMED = 3;

    private LoadFailures() {}

    /** The first of them with their reasons: {@code 'a' version 1: no such file; 'b': ...; and 2 more}. */
    static String describe(List<RepositoryIndexEntry> index) {
        List<RepositoryIndexEntry> failed = index.stream()
                .filter(entry -> entry.state() == ModelState.UNAVAILABLE && !entry.reason().isEmpty()).toList();
        String named = failed.stream().limit(MAX_NAMED).map(LoadFailures::line).collect(Collectors.joining("; "));
        return failed.size() <= MAX_NAMED ? named : named + "; and " + (failed.size() - MAX_NAMED) + " more";
    }

    private static String line(RepositoryIndexEntry entry) {
        String version = entry.version().isPresent() ? " version " + entry.version().getAsLong() : "";
        return "'" + entry.id() + "'" + version + ": "
                + entry.reason().strip().lines().map(String::strip).collect(Collectors.joining(" "));
    }
}
