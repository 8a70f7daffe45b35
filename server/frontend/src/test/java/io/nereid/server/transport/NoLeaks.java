package io.nereid.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;

/** Fails a test class after which a buffer is garbage that nobody released. Every class of this module runs with it. */
public final class NoLeaks implements AfterAllCallback {
    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (context.getRequiredTestClass().isMemberClass()) {
            return;
        }
        for (int i = 0; i < 2; i++) {
            collectGarbage();
            allocate(); // a detector reports what it found when the next buffer is made
        }
        String leaks = LeakRecorder.drain();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks);
        }
    }

    static void allocate() {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        buffer.release();
    }

    /** Returns when a reference that was cleared after all earlier garbage has come through its queue. */
    static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        PhantomReference<Object> last = new PhantomReference<>(new Object(), queue);
        for (int i = 0; i < 20; i++) {
            System.gc();
            if (queue.remove(500) != null) {
                last.clear();
                return;
            }
        }
        throw new AssertionError("the garbage collector does not run");
    }
}
