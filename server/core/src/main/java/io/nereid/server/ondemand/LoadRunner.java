package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Brings models in and out, as was decided. Everything here blocks, and is called without the lock.
 *
 * @param loading does it
 * @param observed finds out what models are like and hold
 * @param longestWait how long a load waits for what leaves
 * @param left told on any thread when nothing is left of a model that had to leave
 */
record LoadRunner(ModelLoading loading, ModelObservation observed, Duration longestWait, Consumer<KnownModel> left) {
    private static final Logger LOG = LoggerFactory.getLogger(LoadRunner.class);

    /**
     * Has those leave that make room, then loads. What can be found wrong with a model without loading it is found before
     * others leave for it.
     *
     * @throws InferenceException why it was not loaded
     */
    void run(PendingLoad load) throws InferenceException {
        String model = load.model.name;
        try {
            if (!load.evicted.isEmpty() && load.override.isNone()) {
                loading.check(model);
            }
            load.othersLeft = !load.evicted.isEmpty();
            load.evicted.forEach(this::leave);
            CompletableFuture.allOf(load.evicted.stream().map(gone -> loading.closed(gone.name))
                    .toArray(CompletableFuture[]::new)).get(longestWait.toNanos(), TimeUnit.NANOSECONDS);
            loading.load(model, load.override);
            if (load.override.isNone()) { // what a client has brought instead does not count
                observed.describe(load.loaded);
            }
        } catch (TimeoutException _) {
            throw OnDemandErrors.notUnloaded(model);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw OnDemandErrors.stopping();
        } catch (ExecutionException | RuntimeException | Error e) { // whoever waits has to be told
            LOG.error("loading model '{}' on demand failed", model, e);
            throw InferenceException.ofInternalError(e);
        } finally {
            observed.measure(load.loaded);
        }
    }

    /** Takes a model out of service that is to leave; its figure is what it has come to hold by its requests. */
    void leave(KnownModel model) {
        observed.measure(List.of(model));
        LOG.info("model '{}' leaves for others: {} bytes", model.name, model.bytes);
        loading.unload(model.name);
        CompletableFuture<Void> _ = loading.closed(model.name).thenRun(() -> left.accept(model));
    }
}
