package io.nereid.backend.image;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.image.decode.ImageDecoders;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes tensors of encoded images: decodes, resizes, cuts out the middle, scales and normalises, as the parameters of
 * the model say (docs/images.md). It needs no file. The libraries that decode are looked for with the first model.
 */
public final class ImageBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(ImageBackend.class);
    private static final String DECODE_MEMORY = "decode-memory-bytes";
    private static final String OF_EVERY_BACKEND = "default-max-batch-size";
    private static final long DEFAULT_DECODE_MEMORY = 1L << 30;
    private static final long MAX_DECODE_MEMORY = 1L << 40;

    private final BackendEnvironment environment;
    private final DecodeMemory decodeMemory;
    private final DecodeThreads threads;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable ImageDecoders decoders;

    /**
     * A backend for this process.
     *
     * @throws InferenceException INVALID_ARG if one of the settings makes no sense
     */
    public ImageBackend(BackendEnvironment environment) throws InferenceException {
        this.environment = environment;
        this.decodeMemory = new DecodeMemory(decodeMemoryBytes(environment));
        this.threads = new DecodeThreads(environment.cpus().processors());
    }

    private static long decodeMemoryBytes(BackendEnvironment environment) throws InferenceException {
        for (String key : environment.settings().keySet()) {
            if (!key.equals(DECODE_MEMORY) && !key.equals(OF_EVERY_BACKEND)) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "--backend-config image," + key
                        + ": unknown setting (expected " + DECODE_MEMORY + ")");
            }
        }
        String value = environment.settings().getOrDefault(DECODE_MEMORY, Long.toString(DEFAULT_DECODE_MEMORY));
        try {
            long bytes = Long.parseLong(value.strip());
            if (bytes >= 1 && bytes <= MAX_DECODE_MEMORY) {
                return bytes;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new InferenceException(ErrorCode.INVALID_ARG, "--backend-config image," + DECODE_MEMORY + "=" + value
                + ": expected a number of bytes, from 1 to " + MAX_DECODE_MEMORY);
    }

    @Override
    public String name() {
        return ImageSettings.BACKEND;
    }

    /** On the CPU, as many as there are processors, so that requests of one image each keep them busy too. */
    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return List.of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.CPU, environment.cpus().processors(),
                List.of()));
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        return ImageSignature.complete(config, ImageSettings.of(config));
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        ImageSettings settings = ImageSettings.of(config);
        ImageSignature signature = ImageSignature.of(config, settings);
        ImageReader reader = new ImageReader(decoders(), decodeMemory, environment.memory(), settings,
                TensorRows.Tables.of(signature.dataType(), settings.values()));
        return new BackendModel() {
            @Override
            public ModelInstance createInstance(InstancePlacement placement) {
                return new ImageInstance(placement, signature, reader, threads, environment.memory());
            }

            @Override
            public void close() {
                // The backend has what instances share.
            }
        };
    }

    private ImageDecoders decoders() {
        lock.lock();
        try {
            ImageDecoders found = decoders;
            if (found == null) {
                found = ImageDecoders.ofThisMachine();
                decoders = found;
                LOG.info("images: {}", found.description());
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        threads.close();
    }
}
