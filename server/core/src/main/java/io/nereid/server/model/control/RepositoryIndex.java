package io.nereid.server.model.control;

import io.nereid.modelrepo.RepositoryScan;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The repository's models and what is known of their versions, in one list.
 *
 * @param scan what is in the repository
 * @param known the versions that were ever loaded
 */
record RepositoryIndex(RepositoryScan scan, List<RepositoryIndexEntry> known) {
    /**
     * By name and version. A model that is neither in the repository nor served is left out.
     *
     * @param current gives an entry the state that it has now
     */
    List<RepositoryIndexEntry> entries(boolean readyOnly, UnaryOperator<RepositoryIndexEntry> current) {
        Map<String, List<RepositoryIndexEntry>> byName = known.stream()
                .collect(Collectors.groupingBy(RepositoryIndexEntry::id));
        SortedSet<String> names = new TreeSet<>(byName.keySet());
        names.addAll(scan.models().keySet());
        names.addAll(scan.conflicts().keySet());
        List<RepositoryIndexEntry> entries = new ArrayList<>();
        for (String name : names) {
            entries.addAll(ofModel(name, byName.getOrDefault(name, List.of())));
        }
        entries.replaceAll(current);
        entries.removeIf(entry -> readyOnly && entry.state() != ModelState.READY);
        return entries;
    }

    private List<RepositoryIndexEntry> ofModel(String name, List<RepositoryIndexEntry> versions) {
        String conflict = scan.conflicts().get(name);
        boolean served = versions.stream().anyMatch(version -> version.state() != ModelState.UNAVAILABLE);
        if (served || (!versions.isEmpty() && scan.models().containsKey(name))) {
            return versions;
        }
        if (conflict != null) {
            return List.of(new RepositoryIndexEntry(name, OptionalLong.empty(), ModelState.UNAVAILABLE, conflict));
        }
        return scan.models().containsKey(name)
                ? List.of(new RepositoryIndexEntry(name, OptionalLong.empty(), ModelState.UNKNOWN, ""))
                : List.of();
    }
}
