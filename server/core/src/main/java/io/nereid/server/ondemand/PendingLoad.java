package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import io.nereid.server.model.control.LoadOverride;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A load that waits for its turn, or is under way. Its fields are guarded by the lock of {@link OnDemandModels}.
 */
final class PendingLoad {
    final KnownModel model;
    final LoadOverride override;
    /** Done with the load, for the client that asked for it by name; null where only requests did. */
    final @Nullable CompletableFuture<Void> asked;
    /** What it loads: the model, and those that it is made of and are not there; from its beginning on. */
    List<KnownModel> loaded = new ArrayList<>();
    /** What leaves for it. */
    List<KnownModel> evicted = new ArrayList<>();
    /** Whether these have begun to leave. Written by the thread that runs it. */
    boolean othersLeft;
    /** Its place among the others: the lower, the earlier. */
    long round;
    /** What it holds when it is done. */
    long reservedBytes;

    PendingLoad(KnownModel model, LoadOverride override, @Nullable CompletableFuture<Void> asked) {
        this.model = model;
        this.override = override;
        this.asked = asked;
    }

    /** Tells the client that asked for it by name, if one did, what came of it: null if it went well. */
    void complete(@Nullable InferenceException error) {
        CompletableFuture<Void> client = asked;
        if (client != null && error == null) {
            client.complete(null);
        } else if (client != null) {
            client.completeExceptionally(error);
        }
    }

    /** What is held for it now: what it loads has the room of what leaves for it. */
    long heldBytes() {
        long leaving = evicted.stream().filter(gone -> gone.leftFor == this).mapToLong(gone -> gone.bytes).sum();
        return Math.max(reservedBytes, leaving);
    }
}
