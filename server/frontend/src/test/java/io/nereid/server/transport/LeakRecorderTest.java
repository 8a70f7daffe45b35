package io.nereid.server.transport;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

class LeakRecorderTest {
    /** The proof that a leak in any other test would be seen. */
    @Test
    @Timeout(30)
    void recorder_bufferThrownAway_reportsIt() throws Exception {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        assertThat(LeakRecorder.drain()).isEmpty();
        throwAway();
        String reported = "";
        while (reported.isEmpty()) { // the collector says a moment later what it has found
            NoLeaks.collectGarbage();
            NoLeaks.allocate();
            reported = LeakRecorder.drain();
        }
        assertThat(reported).contains("was not released", "throwAway");
    }

    @SuppressWarnings("CheckReturnValue")
    private static void throwAway() {
        PooledByteBufAllocator.DEFAULT.directBuffer(100).writeByte(1);
    }
}
