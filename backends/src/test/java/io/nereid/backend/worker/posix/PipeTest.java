package io.nereid.backend.worker.posix;

import org.junit.jupiter.api.Test;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class PipeTest {
    private final AtomicInteger stuck = new AtomicInteger();

    @Test
    @SuppressWarnings("try") // an end is closed before the other
    void openInput_whatIsWrittenByPath_isRead() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            try (InputStream in = pipe.openInput(); OutputStream out = new FileOutputStream(pipe.writerPath())) {
                pipe.close();
                out.write(new byte[]{1, 2, 3});
                out.close();
                assertThat(in.readAllBytes()).containsExactly(1, 2, 3);
            }
        }
    }

    @Test
    void close_ends_areClosed() throws Exception {
        Path reader;
        try (Pipe pipe = Pipe.open()) {
            reader = Path.of(pipe.readerPath());
            assertThat(Files.exists(reader)).isTrue();
        }
        assertThat(Files.exists(reader)).isFalse();
    }

    @Test
    void write_moreThanThePipeTakes_doesNotBlockAndIsAllRead() throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(7).nextBytes(bytes);
        try (Pipe pipe = Pipe.open();
                InputStream in = new FileInputStream(pipe.readerPath());
                ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            for (int at = 0; at < bytes.length; at += 1 << 16) {
                byte[] message = Arrays.copyOfRange(bytes, at, at + (1 << 16));
                out.write(message, message.length);
            }

            assertThat(in.readNBytes(bytes.length)).isEqualTo(bytes);
        }
        assertThat(stuck).hasValue(0);
    }

    @Test
    void write_nobodyReadsForLong_saysSo() throws Exception {
        byte[] message = new byte[1 << 22];
        try (Pipe pipe = Pipe.open(); ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            for (int i = 0; i < 18; i++) {
                out.write(message, message.length);
            }
        }
        assertThat(stuck.get()).isPositive();
    }

    @Test
    @SuppressWarnings("try") // an end is closed before the other
    void write_readerHasGone_isDropped() throws Exception {
        try (Pipe pipe = Pipe.open(); ReplyPipe out = pipe.takeWriter(stuck::incrementAndGet)) {
            pipe.close();

            out.write(new byte[1 << 20], 1 << 20);
            out.write(new byte[8], 8);
        }
        assertThat(stuck).hasValue(0);
    }
}
