package io.nereid.backend.worker.posix;

import io.nereid.backend.worker.message.FrameInput;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Many writers and one reader that is slow, or gone. */
@Timeout(120)
class ReplyPipeTest {
    private static final int WRITERS = 4;
    private static final int MESSAGES = 400;

    private final AtomicInteger stuck = new AtomicInteger();

    private static FrameWriter message(int writer, int number) {
        Random random = new Random(writer * 1_000_003L + number);
        byte[] content = new byte[random.nextInt(10) == 0 ? random.nextInt(100_000) : random.nextInt(100)];
        random.nextBytes(content);
        FrameWriter out = new FrameWriter(32).begin(1 + writer).u32(number).u32(content.length);
        for (byte value : content) {
            out.u8(value);
        }
        return out.end();
    }

    private static void assertSame(FrameReader frame, int writer, int number) throws Exception {
        FrameWriter expected = message(writer, number);
        FrameReader other = FrameReader.of(Arrays.copyOf(expected.bytes(), expected.size()));
        int sent = other.i32();
        assertThat(sent).isEqualTo(number);
        int length = frame.i32();
        assertThat(length).isEqualTo(other.i32());
        for (int i = 0; i < length; i++) {
            if (frame.u8() != other.u8()) {
                throw new AssertionError("message " + number + " of writer " + writer + " differs at byte " + i);
            }
        }
        frame.end();
    }

    @Test
    void write_severalWriters_messagesAreWholeAndOfEachInItsOrder() throws Exception {
        try (Pipe pipe = Pipe.open();
                InputStream in = pipe.openInput();
                ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            FutureTask<Void> writers = new FutureTask<>(() -> {
                Race.run(WRITERS, writer -> {
                    for (int number = 0; number < MESSAGES; number++) {
                        FrameWriter message = message(writer, number);
                        out.write(message.bytes(), message.size());
                        Arrays.fill(message.bytes(), (byte) -1); // it was copied
                    }
                });
                return null;
            });
            Thread.ofPlatform().start(writers);
            FrameInput frames = new FrameInput(in);
            int[] next = new int[WRITERS];
            for (int i = 0; i < WRITERS * MESSAGES; i++) {
                FrameReader frame = Objects.requireNonNull(frames.next());
                int writer = frame.type() - 1;
                assertThat(frame.i32()).isEqualTo(next[writer]);
                assertSame(frame, writer, next[writer]++);
            }
            writers.get();
            assertThat(next).containsOnly(MESSAGES);
        }
        assertThat(stuck).hasValue(0);
    }

    @Test
    void write_readerReadsAllBetweenTheMessages_isNeverOutOfOrder() throws Exception {
        try (Pipe pipe = Pipe.open();
                InputStream in = pipe.openInput();
                ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            byte[] large = new byte[300_000];
            for (int round = 0; round < 20; round++) {
                Arrays.fill(large, (byte) round);
                out.write(large, large.length);
                out.write(new byte[]{(byte) -round}, 1);
                assertThat(in.readNBytes(large.length)).isEqualTo(large);
                assertThat((byte) in.read()).isEqualTo((byte) -round);
            }
        }
    }

    @Test
    void write_partOfAnArray_isThatPart() throws Exception {
        try (Pipe pipe = Pipe.open();
                InputStream in = pipe.openInput();
                ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            out.write(new byte[]{1, 2, 3, 4}, 2);
            out.write(new byte[]{5, 6}, 0);
            out.write(new byte[]{7}, 1);
            assertThat(in.readNBytes(3)).containsExactly(1, 2, 7);
        }
    }

    @Test
    void close_somethingIsQueued_dropsItAndTheReaderSeesTheEnd() throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(3).nextBytes(bytes);
        try (Pipe pipe = Pipe.open(); InputStream in = pipe.openInput()) {
            ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet);
            out.write(bytes, bytes.length);
            out.close();
            out.close();
            out.write(bytes, bytes.length);

            byte[] read = in.readAllBytes();

            assertThat(read.length).isBetween(1, bytes.length - 1);
            assertThat(read).isEqualTo(Arrays.copyOf(bytes, read.length));
        }
        assertThat(stuck).hasValue(0);
    }

    @Test
    void close_whileOthersWrite_theReaderGetsWholePrefixesAndTheEnd() throws Exception {
        for (int round = 0; round < 20; round++) {
            try (Pipe pipe = Pipe.open(); InputStream in = pipe.openInput()) {
                ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet);
                FutureTask<byte[]> reader = new FutureTask<>(in::readAllBytes);
                Thread.ofPlatform().start(reader);
                Race.run(3, thread -> {
                    byte[] message = new byte[50_000];
                    Arrays.fill(message, (byte) (thread + 1));
                    for (int i = 0; i < 10; i++) {
                        if (thread == 0) {
                            out.close();
                        } else {
                            out.write(message, message.length);
                        }
                    }
                });
                assertWholeButTheLast(reader.get(), 50_000);
            }
        }
        assertThat(stuck).hasValue(0);
    }

    private static void assertWholeButTheLast(byte[] read, int length) {
        for (int from = 0; from < read.length; from += length) {
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            for (int i = from; i < Math.min(from + length, read.length); i++) {
                expected.write(read[from]);
            }
            assertThat(Arrays.copyOfRange(read, from, Math.min(from + length, read.length)))
                    .isEqualTo(expected.toByteArray());
        }
    }

    @Test
    @SuppressWarnings("try") // an end is closed before the other
    void write_readerGoesWhileSomethingIsQueued_whatFollowsIsDroppedForGood() throws Exception {
        byte[] large = new byte[1 << 22];
        try (Pipe pipe = Pipe.open(); ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            out.write(large, large.length);
            pipe.close();
            awaitFlushed();
            for (int i = 0; i < 100; i++) {
                out.write(large, large.length);
            }
        }
        assertThat(stuck).hasValue(0);
    }

    /** A thread that writes what is queued ends when nobody reads any more. */
    private static void awaitFlushed() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("python-replies")) {
                thread.join();
            }
        }
    }

    @Test
    void write_tooMuchIsQueued_isSaidUnderNoLock() throws Exception {
        AtomicInteger said = new AtomicInteger();
        byte[] message = new byte[1 << 25];
        try (Pipe pipe = Pipe.open()) {
            ReplyPipe[] self = new ReplyPipe[1];
            self[0] = pipe.takeWriter(() -> {
                said.incrementAndGet();
                Thread other = Thread.ofPlatform().start(self[0]::close);
                try {
                    other.join(); // would wait for ever if this thread had the lock
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < 6; i++) {
                self[0].write(message, message.length);
            }
        }
        assertThat(said).as("once: what comes after the end is dropped").hasValue(1);
    }
}
