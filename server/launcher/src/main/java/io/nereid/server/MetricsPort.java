package io.nereid.server;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.server.http.HttpFrontEnd;
import io.nereid.server.http.MetricsHandler;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.metrics.Metrics;
import io.nereid.server.metrics.MetricsConfig;
import org.jspecify.annotations.Nullable;

import java.util.OptionalInt;

/** The port that metrics are served on, if there is one: closed after everything else. */
final class MetricsPort implements AutoCloseable {
    private final Metrics metrics;
    private final @Nullable HttpFrontEnd port;

    private MetricsPort(Metrics metrics, @Nullable HttpFrontEnd port) {
        this.metrics = metrics;
        this.port = port;
    }

    /**
     * Listens, if it shall. The metrics belong to it from here on.
     *
     * @param memory where the bodies of requests lie
     * @param ledger where what connections hold is charged
     * @throws InferenceException UNAVAILABLE if the address cannot be had; the metrics are closed then
     */
    static MetricsPort open(MetricsConfig config, Metrics metrics, TensorMemory memory, Ledger ledger)
            throws InferenceException {
        try {
            return new MetricsPort(metrics, config.enabled()
                    ? HttpFrontEnd.listenForMetrics(config, new MetricsHandler(metrics::text), memory, ledger)
                    : null);
        } catch (InferenceException | RuntimeException | Error e) {
            metrics.close();
            throw e;
        }
    }

    /** The metrics as text. */
    String text() {
        return metrics.text();
    }

    /** The port; absent where there is none. */
    OptionalInt port() {
        return port == null ? OptionalInt.empty() : OptionalInt.of(port.port());
    }

    @Override
    public void close() {
        if (port != null) {
            port.close();
        }
        metrics.close();
    }
}
