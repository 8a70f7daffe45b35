package io.nereid.server.ondemand;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.Predicate;

/**
 * The requests that wait for their models, so many at most. Where one more comes it takes the place of the last one of
 * the client that has most of them, if that still has more than its own then: no client keeps the others out. Used under
 * the lock of {@link OnDemandModels}.
 */
final class WaitingRequests {
    private final int most;
    private int count;
    private final Map<String, SequencedSet<WaitingRequest>> byClient = new HashMap<>();

    /** @param most how many may wait */
    WaitingRequests(int most) {
        this.most = most;
    }

    int count() {
        return count;
    }

    /** Whether one more of that client may wait, in a free place or that of another one. */
    boolean hasPlaceFor(String client) {
        return count < most || whoGivesWay(client) != null;
    }

    /**
     * One more waits, which {@link #hasPlaceFor} has allowed.
     *
     * @return the one that waits no longer for it, to be told so; null where there was a free place
     */
    @Nullable
    WaitingRequest add(KnownModel model, WaitingRequest request) {
        WaitingRequest loser = count < most ? null : whoGivesWay(request.client());
        if (loser != null) {
            remove(loser);
        }
        request.model = model;
        model.waiting.add(request);
        byClient.computeIfAbsent(request.client(), _ -> new LinkedHashSet<>()).add(request);
        count++;
        return loser;
    }

    private @Nullable WaitingRequest whoGivesWay(String client) {
        SequencedSet<WaitingRequest> largest = byClient.values().stream()
                .max(Comparator.comparingInt(SequencedSet::size)).orElse(null);
        int own = byClient.getOrDefault(client, new LinkedHashSet<>()).size();
        return largest == null || largest.size() <= own + 1 ? null : largest.getLast();
    }

    /** Ends the wait of a request; false if it does not wait. */
    boolean remove(WaitingRequest request) {
        request.end();
        KnownModel model = request.model;
        if (model == null || !model.waiting.remove(request)) {
            return false;
        }
        SequencedSet<WaitingRequest> ofClient = byClient.get(request.client());
        if (ofClient != null && ofClient.remove(request) && ofClient.isEmpty()) {
            byClient.remove(request.client());
        }
        count--;
        return true;
    }

    /** Ends the waits for a model, in the order in which they began. */
    List<WaitingRequest> takeAll(KnownModel model) {
        return take(model, _ -> true);
    }

    /** Ends the waits for a model that would end before that moment anyway. */
    List<WaitingRequest> takeThoseBefore(KnownModel model, long atNanos) {
        return take(model, request -> request.untilNanos - atNanos < 0);
    }

    private List<WaitingRequest> take(KnownModel model, Predicate<WaitingRequest> which) {
        List<WaitingRequest> taken = model.waiting.stream().filter(which).toList();
        taken.forEach(this::remove);
        return taken;
    }
}
