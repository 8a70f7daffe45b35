package io.nereid.server.sharedmemory.posix;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class TransferTest {
    private final List<Long> askedFrom = new ArrayList<>();

    /** A step that returns these counts, one after the other. */
    private Transfer.Step returning(long... counts) {
        return done -> {
            askedFrom.add(done);
            return counts[askedFrom.size() - 1];
        };
    }

    @Test
    void run_shortCounts_goesOnBehindThem() throws PosixException {
        assertThat(Transfer.run("pread", 10, returning(4, 1, 5))).isEqualTo(10);
        assertThat(askedFrom).containsExactly(0L, 4L, 5L);
    }

    @Test
    void run_interrupted_triesAgain() throws PosixException {
        assertThat(Transfer.run("pread", 10, returning(-4, 6, -4, 4))).isEqualTo(10);
        assertThat(askedFrom).containsExactly(0L, 0L, 6L, 6L);
    }

    @Test
    void run_endReached_tellsHowMuchThereWas() throws PosixException {
        assertThat(Transfer.run("pread", 10, returning(6, 0))).isEqualTo(6);
    }

    @Test
    void run_nothingAsked_callsNothing() throws PosixException {
        assertThat(Transfer.run("pread", 0, returning())).isZero();
        assertThat(askedFrom).isEmpty();
    }

    @Test
    void run_error_namesFunctionAndReason() {
        assertThatThrownBy(() -> Transfer.run("pwrite", 10, returning(6, -28)))
                .isInstanceOfSatisfying(PosixException.class, e -> assertThat(e.errno()).isEqualTo(28))
                .hasMessage("pwrite: No space left on device");
    }
}
