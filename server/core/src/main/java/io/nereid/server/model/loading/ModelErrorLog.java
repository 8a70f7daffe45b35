package io.nereid.server.model.loading;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.instance.InstanceGoneException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs what fails while a model runs. What a text says as a whole is one line, an instance that is gone or cannot be made;
 * anything else comes with its stack. Thread-safe.
 *
 * @param model what it is called in front of the text, as {@code model 'm'}
 */
record ModelErrorLog(Logger log, String model) implements InternalErrorLog {
    @Override
    public void unexpected(String source, Throwable error) {
        if (isExplained(error)) {
            log.error("{}: {} failed: {}", model, source, error.getMessage());
        } else {
            log.error("{}: {} failed", model, source, error);
        }
    }

    /** Whether the text says why, which it does unless a fault of the server's own is behind it. */
    static boolean isExplained(Throwable error) {
        return (error instanceof InferenceException || error instanceof InstanceGoneException)
                && !isFault(error.getCause());
    }

    private static boolean isFault(@Nullable Throwable cause) {
        return cause != null && ((cause instanceof RuntimeException && !(cause instanceof ModelConfigException))
                || cause instanceof Error || isFault(cause.getCause()));
    }
}
