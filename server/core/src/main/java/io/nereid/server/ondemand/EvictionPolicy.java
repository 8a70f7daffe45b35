package io.nereid.server.ondemand;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which models make room for another one: those that were asked least recently, but none that is busy, kept, or safe
 * for a while, and none that an ensemble needs which stays. A model that was chosen and turns out not to be needed, as a
 * larger one after it is enough, stays. Stateless.
 *
 * @param budgetBytes what all models may hold together
 */
record EvictionPolicy(long budgetBytes) {
    private static final long NEVER = Long.MAX_VALUE;

    /** A model, and from when on it may go with all ensembles that need it; NEVER while nobody knows. */
    private record Candidate(LoadedModel model, long usedNanos, long mayGoNanos) {}

    /**
     * Whether there is room for that many bytes more.
     *
     * @param heldBytes what is held now: by {@code loaded}, by models that are being loaded, and by those that are going
     * @param goingBytes the part of it that comes back by itself
     */
    Room roomFor(long bytes, long heldBytes, long goingBytes, Collection<LoadedModel> loaded, long nowNanos) {
        long kept = loaded.stream().filter(LoadedModel::isKept).mapToLong(LoadedModel::bytes).sum();
        if (bytes > budgetBytes - kept) {
            return new Room.Never(Math.max(0, budgetBytes - kept));
        }
        long missing = heldBytes + bytes - budgetBytes;
        if (missing <= 0) {
            return new Room.Now(List.of());
        }
        List<Candidate> candidates = candidates(loaded);
        List<LoadedModel> chosen = leastRecentlyUsed(candidates, missing, nowNanos);
        if (sum(chosen) >= missing) {
            return new Room.Now(withoutSpare(chosen, missing));
        }
        return goingBytes >= missing - sum(chosen) ? new Room.Unknown() : later(candidates, missing - goingBytes);
    }

    private static List<Candidate> candidates(Collection<LoadedModel> loaded) {
        Map<String, LoadedModel> byName = new HashMap<>();
        loaded.forEach(model -> byName.put(model.name(), model));
        List<Candidate> candidates = new ArrayList<>();
        for (LoadedModel model : loaded) {
            long used = model.usedNanos();
            long mayGo = mayGo(model);
            for (String ensemble : model.neededBy()) {
                LoadedModel needing = byName.get(ensemble);
                if (needing == null) { // it is just being loaded
                    mayGo = NEVER;
                } else {
                    used = Math.max(used, needing.usedNanos());
                    mayGo = Math.max(mayGo, mayGo(needing));
                }
            }
            candidates.add(new Candidate(model, used, mayGo));
        }
        // an ensemble is asked no later than its models are, and is needed by fewer
        candidates.sort(Comparator.comparingLong(Candidate::usedNanos)
                .thenComparingInt(candidate -> candidate.model.neededBy().size())
                .thenComparing(candidate -> candidate.model.name()));
        return candidates;
    }

    private static long mayGo(LoadedModel model) {
        return model.isKept() || model.isBusy() ? NEVER : model.safeUntilNanos();
    }

    private static List<LoadedModel> leastRecentlyUsed(List<Candidate> candidates, long missing, long nowNanos) {
        List<LoadedModel> chosen = new ArrayList<>();
        long freed = 0;
        for (Candidate candidate : candidates) {
            if (freed < missing && candidate.mayGoNanos != NEVER && candidate.mayGoNanos - nowNanos <= 0) {
                chosen.add(candidate.model);
                freed += candidate.model.bytes();
            }
        }
        return chosen;
    }

    /** The most recently used of them stay where that is enough. */
    private static List<String> withoutSpare(List<LoadedModel> chosen, long missing) {
        List<LoadedModel> going = new ArrayList<>(chosen);
        long spare = sum(chosen) - missing;
        for (LoadedModel model : chosen.reversed()) {
            boolean needed = going.stream().anyMatch(other -> other.neededBy().contains(model.name()));
            if (model.bytes() <= spare && !needed) {
                going.remove(model);
                spare -= model.bytes();
            }
        }
        return going.stream().map(LoadedModel::name).toList();
    }

    private static Room later(List<Candidate> candidates, long missing) {
        long freed = 0;
        List<Candidate> byTime = candidates.stream().filter(candidate -> candidate.mayGoNanos != NEVER)
                .sorted(Comparator.comparingLong(Candidate::mayGoNanos)).toList();
        for (Candidate candidate : byTime) {
            freed += candidate.model.bytes();
            if (freed >= missing) {
                return new Room.Later(candidate.mayGoNanos);
            }
        }
        return new Room.Unknown();
    }

    private static long sum(List<LoadedModel> models) {
        return models.stream().mapToLong(LoadedModel::bytes).sum();
    }
}
