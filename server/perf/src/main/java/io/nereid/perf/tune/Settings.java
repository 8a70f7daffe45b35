package io.nereid.perf.tune;

/** What a trial sets in the model's configuration; the rest is as it was written. */
public record Settings(Placement placement, Batching batching) {
    Settings with(Placement other) {
        return new Settings(other, batching);
    }

    Settings with(Batching other) {
        return new Settings(placement, other);
    }
}
