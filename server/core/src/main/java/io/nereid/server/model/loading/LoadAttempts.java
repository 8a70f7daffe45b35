package io.nereid.server.model.loading;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.server.model.ServedModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.BooleanSupplier;

/**
 * How often a version that fails to load is tried again.
 *
 * @param retries at most
 * @param pointless whether that has become pointless
 */
record LoadAttempts(int retries, BooleanSupplier pointless) {
    private static final Logger LOG = LoggerFactory.getLogger(LoadAttempts.class);

    /** {@link VersionLoader#load}. */
    ServedModel load(String model, long version, VersionLoader loader) throws InferenceException {
        try {
            return loadWithRetries(model, version, loader);
        } catch (InferenceException e) {
            throw e.withText(e.code().before(e.text()));
        } catch (ModelConfigException e) {
            throw failure(ErrorCode.INVALID_ARG, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            throw failure(ErrorCode.INTERNAL, e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private static InferenceException failure(ErrorCode code, String text, Throwable cause) {
        return new InferenceException(code, code.before(text), cause);
    }

    private ServedModel loadWithRetries(String model, long version, VersionLoader loader) throws InferenceException {
        for (int left = retries;; left--) {
            try {
                return loader.loadOnce(version);
            } catch (InferenceException | RuntimeException e) {
                if (left == 0 || pointless.getAsBoolean()) {
                    throw e;
                }
                LOG.warn("model '{}' version {} failed to load, trying again ({} left): {}", model, version, left,
                        e.getMessage());
            }
        }
    }
}
