package io.nereid.server.model.loading;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.scheduler.instance.InstanceGoneException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

class ModelErrorLogTest {
    @Test
    void isExplained_textsForPeople_areOneLine() {
        InferenceException gone = error(null);
        assertThat(ModelErrorLog.isExplained(gone)).isTrue();
        assertThat(ModelErrorLog.isExplained(new InstanceGoneException(gone))).isTrue();
        assertThat(ModelErrorLog.isExplained(error(new IOException("no such program")))).isTrue();
    }

    @Test
    void isExplained_faultsOfTheServer_comeWithTheirStack() {
        assertThat(ModelErrorLog.isExplained(new IllegalStateException("a fault"))).isFalse();
        assertThat(ModelErrorLog.isExplained(error(new IllegalStateException("a fault")))).isFalse();
        assertThat(ModelErrorLog.isExplained(error(new IOException(new OutOfMemoryError())))).isFalse();
        assertThat(ModelErrorLog.isExplained(new InstanceGoneException(error(new NullPointerException())))).isFalse();
    }

    private static InferenceException error(@Nullable Throwable cause) {
        return new InferenceException(ErrorCode.INTERNAL, "the worker ended", cause);
    }
}
