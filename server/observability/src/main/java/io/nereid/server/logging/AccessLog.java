package io.nereid.server.logging;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One line of JSON for each inference request, in a file or on standard output. A file is only ever appended to, so
 * that it may be truncated in place. Thread-safe; adding an entry never waits.
 */
public final class AccessLog implements AutoCloseable {
    /** What names standard output in place of a file. */
    public static final String STANDARD_OUTPUT = "-";
    /** Half a second of many short requests; with what an entry holds, a few megabytes. */
    private static final int MOST_WAITING = 16_384;

    private final BackgroundWriter<AccessEntry> writer;

    private AccessLog(OutputStream out) {
        this.writer = new BackgroundWriter<>("access log", MOST_WAITING, new Lines(out));
    }

    /**
     * Opens it.
     *
     * @param target a file, or {@link #STANDARD_OUTPUT}
     * @throws IOException if the file cannot be opened
     */
    public static AccessLog open(String target) throws IOException {
        return new AccessLog(target.equals(STANDARD_OUTPUT) ? System.out
                : new FileOutputStream(Path.of(target).toFile(), true));
    }

    /** Adds a line; it is dropped, and that is counted, while too many wait. */
    public void add(AccessEntry entry) {
        writer.offer(entry);
    }

    /** Writes what waits and closes the file. */
    @Override
    public void close() {
        writer.close();
    }

    /** Standard output is the process's: it is flushed, not closed. */
    @SuppressWarnings("ReferenceEquality") // the very stream
    private static final class Lines implements BackgroundWriter.Sink<AccessEntry> {
        private final OutputStream out;
        private final boolean ours;

        Lines(OutputStream out) {
            this.out = new BufferedOutputStream(out, 64 << 10);
            this.ours = out != System.out;
        }

        @Override
        public void write(AccessEntry entry) throws IOException {
            out.write(entry.toJson().getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            if (ours) {
                out.close();
            } else {
                out.flush();
            }
        }
    }
}
