package io.nereid.backend.worker.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.slf4j.Logger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a worker prints: each line goes to the log, and the last ones are kept for the reason of its end. A thread of its
 * own reads until the process, and all that have its output, have ended.
 */
final class OutputLines {
    /** A line that is longer is cut into several. */
    private static final int MAX_LINE = 8192;
    private static final int KEPT_LINES = 16;
    private static final String FATAL = "Fatal Python error: ";
    /** What a Java worker prints before it dies of a signal; some lines of that are there to look at only. */
    private static final String FATAL_JAVA = "# A fatal error has been detected by the Java Runtime Environment";
    private static final String DECORATION = "#";
    /** The second where one thread's calls are printed only, as the worker asks for. */
    private static final List<String> FATAL_THREAD = List.of("Current thread ", "Stack (");
    private static final int KEPT_CHARS = 4096;

    private final String source;
    private final Logger log;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ArrayDeque<String> last = new ArrayDeque<>();
    @GuardedBy("lock")
    private int lastChars;
    @GuardedBy("lock")
    private Death death = Death.NONE;

    /** What Python prints when it dies of a signal: the reason, then the calls of each thread, the innermost first. */
    private enum Death {
        NONE,
        /** The reason has come, and the calls of threads that are not to blame may follow. */
        REASON,
        /** The calls of the thread that it died in come. */
        CALLS
    }

    /** @param source what is in front of each line: whose it is */
    OutputLines(String source, Logger log, InputStream output) {
        this.source = source;
        this.log = log;
        this.thread = Thread.ofPlatform().daemon().name("output-" + source).unstarted(() -> read(output));
    }

    void start() {
        thread.start();
    }

    /** Waits until all was read, but no longer than that. */
    void await(long millis) {
        boolean interrupted = false;
        try {
            thread.join(Math.max(millis, 1));
        } catch (InterruptedException _) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(InputStream output) {
        try (Reader in = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int character = in.read(); character >= 0; character = in.read()) {
                if (character == '\n' || line.length() == MAX_LINE) {
                    add(line);
                }
                if (character != '\n' && character != '\r') {
                    line.append((char) character);
                }
            }
            if (!line.isEmpty()) {
                add(line);
            }
        } catch (IOException e) {
            log.debug("{}: its output cannot be read any more: {}", source, e.toString());
        }
    }

    private void add(StringBuilder line) {
        String text = line.toString();
        line.setLength(0);
        log.info("{}: {}", source, text);
        lock.lock();
        try {
            keep(text);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void keep(String text) {
        if (text.equals(DECORATION)) {
            return;
        }
        if (text.startsWith(FATAL_JAVA)) {
            last.clear();
            lastChars = 0;
        } else if (text.startsWith(FATAL)) {
            death = Death.REASON;
            last.clear();
            lastChars = 0;
        } else if (death == Death.REASON) {
            if (FATAL_THREAD.stream().noneMatch(text::startsWith)) {
                return;
            }
            death = Death.CALLS;
        }
        if (death == Death.CALLS && (last.size() == KEPT_LINES || lastChars > KEPT_CHARS)) {
            return;
        }
        last.addLast(text);
        lastChars += text.length();
        while (last.size() > KEPT_LINES || (lastChars > KEPT_CHARS && last.size() > 1)) {
            lastChars -= last.removeFirst().length();
        }
    }

    /** The last lines, the newest at the end. */
    List<String> last() {
        lock.lock();
        try {
            return List.copyOf(last);
        } finally {
            lock.unlock();
        }
    }
}
