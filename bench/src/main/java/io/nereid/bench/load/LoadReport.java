package io.nereid.bench.load;

import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;

/**
 * What came of a load.
 *
 * @param sample good answers until the time was over, and failures until the last request was
 * @param seconds how long it sent
 */
public record LoadReport(Sample sample, double seconds) {
    /** Of the good answers. */
    public Latencies latencies() {
        return sample.latencies();
    }

    /** What was answered otherwise, or not at all. */
    public Failures failures() {
        return sample.failures();
    }

    /** Good answers per second. */
    public double perSecond() {
        return latencies().count() / seconds;
    }

    /** Requests per second, however they ended. */
    public double offeredPerSecond() {
        return (latencies().count() + sample.errors()) / seconds;
    }

    /**
     * Refuses figures of a load of which a request failed.
     *
     * @param what the requests, in words
     */
    public void requireNoFailures(String what) throws LoadException {
        if (sample.errors() > 0) {
            throw new LoadException("%d requests %s failed: %s".formatted(sample.errors(), what,
                    String.join("; ", sample.errorTexts())));
        }
    }
}
