package io.nereid.server.ondemand;

import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.ondemand.KnownModel.Place;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Finds out what loaded models are like and what they hold. Asks them without the lock, and takes it to note the answer. */
final class ModelObservation {
    /** After what time a loaded model is measured again. */
    private static final long MEASURE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ModelLoading loading;
    private final NanoClock clock;
    private final ReentrantLock lock;

    /** @param lock guards what is known of models */
    ModelObservation(ModelLoading loading, NanoClock clock, ReentrantLock lock) {
        this.loading = loading;
        this.clock = clock;
        this.lock = lock;
    }

    /** Notes the configurations that models run with: from their first load on they are known. */
    void describe(Collection<KnownModel> loaded) {
        for (KnownModel model : loaded) {
            ModelConfig config = loading.config(model.name);
            if (config != null) {
                noting(() -> model.sketch = model.sketch.described(config));
            }
        }
    }

    /** Measures models; of one that is not loaded the last figure stays. */
    void measure(Collection<KnownModel> some) {
        for (KnownModel model : some) {
            long bytes = loading.memoryBytes(model.name);
            noting(() -> {
                model.measuredNanos = clock.nanoTime();
                if (bytes > 0) {
                    model.bytes = bytes;
                    model.measured = true;
                }
            });
        }
    }

    /** Measures those that have not been for a while: what models come to hold by their requests counts too. */
    void measureAgain(Collection<KnownModel> all) {
        long now = clock.nanoTime();
        measure(all.stream().filter(model -> model.place == Place.LOADED && now - model.measuredNanos > MEASURE_NANOS)
                .toList());
    }

    private void noting(Runnable note) {
        lock.lock();
        try {
            note.run();
        } finally {
            lock.unlock();
        }
    }
}
