package io.nereid.server.transport;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LeakRecorderTest {
    /** The proof that a leak in any other test would be seen. */
    @Test
    void recorder_bufferThrownAway_reportsIt() throws Exception {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        assertThat(LeakRecorder.drain()).isEmpty();
        throwAway();
        NoLeaks.collectGarbage();
        NoLeaks.allocate();
        assertThat(LeakRecorder.drain()).contains("was not released", "throwAway");
    }

    @SuppressWarnings("CheckReturnValue")
    private static void throwAway() {
        PooledByteBufAllocator.DEFAULT.directBuffer(100).writeByte(1);
    }
}
