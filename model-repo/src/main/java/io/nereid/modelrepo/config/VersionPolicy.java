package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Which of the versions in a model's directory are served. */
public sealed interface VersionPolicy {

    /** The versions with the highest numbers. */
    record Latest(long count) implements VersionPolicy {
        @Override
        public NavigableSet<Long> choose(NavigableSet<Long> available) {
            List<Long> descending = new ArrayList<>(available.descendingSet());
            return new TreeSet<>(descending.subList(0, (int) Math.min(count, descending.size())));
        }
    }

    /** Every version. */
    record All() implements VersionPolicy {
        @Override
        public NavigableSet<Long> choose(NavigableSet<Long> available) {
            return new TreeSet<>(available);
        }
    }

    /** The listed versions as far as they are there. */
    record Specific(List<Long> versions) implements VersionPolicy {
        public Specific {
            versions = List.copyOf(versions);
        }

        @Override
        public NavigableSet<Long> choose(NavigableSet<Long> available) {
            NavigableSet<Long> chosen = new TreeSet<>(versions);
            chosen.retainAll(available);
            return chosen;
        }

        @Override
        public List<Long> missing(NavigableSet<Long> available) {
            List<Long> missing = new ArrayList<>(versions);
            missing.removeAll(available);
            return missing;
        }
    }

    /** The versions to serve out of those that are there, ascending; empty if there is none. */
    NavigableSet<Long> choose(NavigableSet<Long> available);

    /** The versions that the policy names but that are not there. */
    default List<Long> missing(NavigableSet<Long> available) {
        return List.of();
    }
}
