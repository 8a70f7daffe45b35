package io.nereid.server.logging;

import io.nereid.inference.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(30)
class BackgroundWriterTest {
    private final List<Integer> written = Collections.synchronizedList(new ArrayList<>());
    private final AtomicBoolean closed = new AtomicBoolean();

    private class Kept implements BackgroundWriter.Sink<Integer> {
        @Override
        public void write(Integer item) throws IOException {
            written.add(item);
        }

        @Override
        public void flush() {
            // nothing is buffered
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    @Test
    void close_itemsWaiting_writesAllInOrderAndClosesTheSink() {
        BackgroundWriter<Integer> writer = new BackgroundWriter<>("test", 2000, new Kept());
        IntStream.range(0, 1000).forEach(writer::offer);
        writer.close();
        assertThat(written).isEqualTo(IntStream.range(0, 1000).boxed().toList());
        assertThat(closed).isTrue();
        assertThat(writer.offer(1)).isFalse();
    }

    @Test
    void offer_sinkThatHangs_dropsAndDoesNotWait() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        BackgroundWriter<Integer> writer = new BackgroundWriter<>("test", 10, new Kept() {
            @Override
            public void write(Integer item) throws IOException {
                writing.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                super.write(item);
            }
        });
        assertThat(writer.offer(0)).isTrue();
        writing.await();
        assertThat(IntStream.range(1, 31).filter(writer::offer).count()).isEqualTo(10);
        release.countDown();
        writer.close();
        assertThat(written).isEqualTo(IntStream.range(0, 11).boxed().toList());
    }

    @Test
    void write_sinkThatFails_goesOnWithTheNext() {
        BackgroundWriter<Integer> writer = new BackgroundWriter<>("test", 10, new Kept() {
            @Override
            public void write(Integer item) throws IOException {
                if (item < 0) {
                    throw new IOException("the disk is full");
                }
                super.write(item);
            }
        });
        writer.offer(-1);
        Await.until(() -> {
            writer.offer(1); // it may be lost together with the first
            return written.contains(1);
        });
        writer.close();
        assertThat(written).contains(1).doesNotContain(-1);
        assertThat(closed).isTrue();
    }
}
