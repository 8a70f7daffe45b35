package io.nereid.server.inference;

import io.nereid.backend.ModelCall;
import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelServices;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.server.custommetrics.CustomMetrics;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What models may ask of their server. Backends have it before there is anything to ask: until {@link #bind} the answer
 * is an error. Thread-safe.
 */
public final class ServerModelServices implements ModelServices {
    private static final Logger LOG = LoggerFactory.getLogger(ServerModelServices.class);
    private static final String FILE = "file:";

    private final CustomMetrics metrics = new CustomMetrics();
    private volatile @Nullable Parts parts;

    private record Parts(InferenceService service, ModelCalls calls, ModelControl control) {}

    /** From here on models can ask. Called once. */
    public void bind(InferenceService service, ModelCalls calls, ModelControl control) {
        parts = new Parts(service, calls, control);
    }

    private Parts parts() throws InferenceException {
        Parts bound = parts;
        if (bound == null) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server has not started");
        }
        return bound;
    }

    /** The metrics of all models. */
    public CustomMetrics metrics() {
        return metrics;
    }

    @Override
    public ModelMetrics openMetrics() {
        return metrics.open();
    }

    @Override
    public Cancellation infer(ModelCall call, ResponseListener listener) {
        try {
            return parts().calls.infer(call, listener);
        } catch (InferenceException e) {
            call.memory().release();
            listener.onError(e);
            return () -> {
            };
        }
    }

    @Override
    public boolean isReady(String model, String version) throws InferenceException {
        try {
            parts().service.models().awaitReady(model, version);
            return true;
        } catch (InferenceException e) {
            if (e.code() == ErrorCode.INVALID_ARG) {
                throw e.withText("Failed to check model readiness: " + e.text());
            }
            return false;
        }
    }

    @Override
    public void load(String waiting, String model, String config, Map<String, MemorySegment> files)
            throws InferenceException {
        try {
            ModelControl control = parts().control;
            control.checkLoadable(model);
            control.load(model, new LoadOverride(config.isEmpty() ? Optional.empty() : Optional.of(config),
                    files.isEmpty() ? null : written(files), OptionalLong.empty(), true, waiting));
        } catch (InferenceException e) {
            throw e.withText("Failed to load model: " + e.text());
        }
    }

    private static OverrideFiles written(Map<String, MemorySegment> files) throws InferenceException {
        OverrideFiles written = newFiles();
        try {
            for (Map.Entry<String, MemorySegment> file : files.entrySet()) {
                if (!file.getKey().startsWith(FILE)) {
                    throw new InferenceException(ErrorCode.INVALID_ARG, "the file '" + file.getKey()
                            + "' has no path (expected 'file:<version>/<file name>')");
                }
                write(written, file.getKey().substring(FILE.length()), file.getValue());
            }
            return written;
        } catch (IOException | ModelRepositoryException e) {
            written.close();
            throw notKept(e);
        } catch (InferenceException | RuntimeException | Error e) {
            written.close();
            throw e;
        }
    }

    private static OverrideFiles newFiles() throws InferenceException {
        try {
            return new OverrideFiles();
        } catch (ModelRepositoryException e) {
            throw notKept(e);
        }
    }

    private static InferenceException notKept(Exception e) {
        return new InferenceException(ErrorCode.INVALID_ARG, "the files could not be kept: " + e.getMessage(), e);
    }

    private static void write(OverrideFiles files, String path, MemorySegment content) throws IOException {
        try (OutputStream file = files.create(path); WritableByteChannel channel = Channels.newChannel(file)) {
            for (long at = 0; at < content.byteSize(); at += Integer.MAX_VALUE) {
                long length = Math.min(Integer.MAX_VALUE, content.byteSize() - at);
                channel.write(content.asSlice(at, length).asByteBuffer());
            }
        }
    }

    @Override
    public void unload(String model, boolean dependents) throws InferenceException {
        ModelControl control;
        try {
            control = parts().control;
            control.checkLoadable(model);
        } catch (InferenceException e) {
            throw e.withText("Failed to unload model: " + e.text());
        }
        Thread.ofVirtual().name("model-unload").start(() -> unloadNow(control, model, dependents)); // a model may unload itself
    }

    private static void unloadNow(ModelControl control, String model, boolean dependents) {
        try {
            control.unload(model, dependents);
        } catch (InferenceException | RuntimeException e) {
            LOG.error("unloading '{}', as a model asked for, has failed", model, e);
        }
    }
}
