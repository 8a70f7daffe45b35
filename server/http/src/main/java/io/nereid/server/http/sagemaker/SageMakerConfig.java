package io.nereid.server.http.sagemaker;

import io.nereid.server.config.Require;
import io.nereid.server.http.HttpConfig;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The port that SageMaker asks.
 *
 * @param address host name or IP address to listen on; the platform asks from outside the container
 * @param port port to listen on; 0 lets the system choose one
 * @param threads event-loop threads
 * @param ping what {@code /ping} asks
 * @param inference what {@code /invocations} is
 * @param defaultModel the model that {@code /invocations} is for
 * @param models the folder in which the platform lays the models that it asks to load; nothing outside it is loaded
 */
public record SageMakerConfig(String address, int port, int threads, PingMode ping, InferenceType inference,
        String defaultModel, Path models) {
    /** All addresses, port 8080, and the folder that the platform lays models in. */
    public static final SageMakerConfig DEFAULT = new SageMakerConfig("0.0.0.0", 8080, HttpConfig.DEFAULT_THREADS,
            PingMode.READY, InferenceType.INFER, "unspecified_SAGEMAKER_TRITON_DEFAULT_MODEL_NAME",
            Path.of("/opt/ml/models"));

    public SageMakerConfig {
        Objects.requireNonNull(ping, "ping");
        Objects.requireNonNull(inference, "inference");
        Require.that(!address.isBlank(), "address: got '%s' (expected a host name or an IP address)", address);
        Require.that(port >= 0 && port <= 65535, "port: got %d (expected 0 to 65535)", port);
        Require.that(threads >= 1, "threads: got %d (expected 1 or more)", threads);
        Require.that(models.isAbsolute(), "models: got '%s' (expected an absolute path)", models);
    }

    public SageMakerConfig withAddress(String newAddress) {
        return new SageMakerConfig(newAddress, port, threads, ping, inference, defaultModel, models);
    }

    public SageMakerConfig withPort(int newPort) {
        return new SageMakerConfig(address, newPort, threads, ping, inference, defaultModel, models);
    }

    public SageMakerConfig withThreads(int newThreads) {
        return new SageMakerConfig(address, port, newThreads, ping, inference, defaultModel, models);
    }

    public SageMakerConfig withPing(PingMode newPing) {
        return new SageMakerConfig(address, port, threads, newPing, inference, defaultModel, models);
    }

    public SageMakerConfig withInference(InferenceType newInference) {
        return new SageMakerConfig(address, port, threads, ping, newInference, defaultModel, models);
    }

    public SageMakerConfig withDefaultModel(String newDefaultModel) {
        return new SageMakerConfig(address, port, threads, ping, inference, newDefaultModel, models);
    }

    public SageMakerConfig withModels(Path newModels) {
        return new SageMakerConfig(address, port, threads, ping, inference, defaultModel, newModels);
    }
}
