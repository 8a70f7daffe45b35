package io.nereid.server.tracing;

import io.nereid.server.logging.BackgroundWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes traces to files, as arrays of JSON: each to the one file as it comes, or together to files with a number
 * behind their name, so many to a file as the settings say. Thread-safe; files are written by a thread of its own.
 */
public final class TraceFile implements TraceSink {
    private static final Logger LOG = LoggerFactory.getLogger(TraceFile.class);
    private static final int MAX_WAITING = 4096;
    /** Traces that are kept for one file at most, whatever the settings say: memory is finite. */
    private static final int MAX_COLLECTED = 10_000;

    /** And that many bytes of their tensors and events. */
    private static final long MAX_COLLECTED_BYTES = 8 << 20;

    private final BackgroundWriter<Item> writer;

    /** Traces to files of that name. */
    public TraceFile(String name) {
        this.writer = new BackgroundWriter<>("trace file", MAX_WAITING, new Output(Path.of(name)));
    }

    private sealed interface Item {}

    private record Finished(Trace trace) implements Item {}

    private record Retired(TraceSampler sampler) implements Item {}

    @Override
    public void accept(Trace trace) {
        writer.offer(new Finished(trace));
    }

    @Override
    public boolean keepsElements() {
        return true;
    }

    @Override
    public void retired(TraceSampler sampler) {
        writer.offer(new Retired(sampler));
    }

    @Override
    public void close() {
        writer.close();
    }

    /** The files; on the writer's thread only. */
    private static final class Output implements BackgroundWriter.Sink<Item> {
        private final Path main;
        private final Map<TraceSampler, List<Trace>> collected = new HashMap<>();
        /** How many traces of a limited number have come. */
        private final Map<TraceSampler, Integer> counted = new HashMap<>();
        private @Nullable Writer open;
        private int index;

        Output(Path main) {
            this.main = main;
        }

        @Override
        public void write(Item item) throws IOException {
            switch (item) {
                case Finished(Trace trace) -> write(trace);
                case Retired(TraceSampler sampler) -> appendCollected(sampler);
            }
        }

        private void write(Trace trace) throws IOException {
            TraceSampler sampler = trace.start().sampler();
            TraceSettings settings = sampler.settings();
            boolean limited = settings.count() != TraceSettings.UNLIMITED;
            if (sampler.isRetired() || (settings.logFrequency() == 0 && !limited)) {
                append(List.of(trace));
                return;
            }
            List<Trace> together = collected.computeIfAbsent(sampler, _ -> new ArrayList<>());
            together.add(trace);
            boolean last = limited && counted.merge(sampler, 1, Integer::sum) >= settings.count();
            long bytes = together.stream().mapToLong(each -> each.memory().bytes()).sum();
            boolean full = bytes > MAX_COLLECTED_BYTES || together.size() >= Math.min(MAX_COLLECTED,
                    settings.logFrequency() == 0 ? MAX_COLLECTED : settings.logFrequency());
            if (full || last) {
                collected.remove(sampler);
                writeIndexed(together);
            }
        }

        @Override
        public void dropped(Item item) {
            if (item instanceof Finished(Trace trace)) {
                trace.memory().release();
            }
        }

        private void writeIndexed(List<Trace> traces) throws IOException {
            Path file = main.resolveSibling(main.getFileName() + "." + index++);
            try (Writer to = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                to.write("[");
                write(traces, to, true);
                to.write("]\n");
            } finally {
                release(traces);
            }
            LOG.info("{} traces written to {}", traces.size(), file);
        }

        private void appendCollected(TraceSampler sampler) throws IOException {
            List<Trace> together = collected.remove(sampler);
            counted.remove(sampler);
            if (together != null) {
                append(together);
            }
        }

        private void append(List<Trace> traces) throws IOException {
            try {
                Writer to = open;
                boolean first = to == null;
                if (to == null) {
                    to = Files.newBufferedWriter(main, StandardCharsets.UTF_8);
                    open = to;
                    to.write("[");
                }
                write(traces, to, first);
            } finally {
                release(traces);
            }
        }

        private static void write(List<Trace> traces, Writer to, boolean areFirst) throws IOException {
            boolean first = areFirst;
            for (Trace trace : traces) {
                to.write(first ? "" : ",\n");
                TraceJson.write(trace, to);
                first = false;
            }
        }

        private static void release(List<Trace> traces) {
            traces.forEach(trace -> trace.memory().release());
        }

        @Override
        public void flush() throws IOException {
            if (open != null) {
                open.flush();
            }
        }

        @Override
        public void close() throws IOException {
            try {
                for (TraceSampler sampler : List.copyOf(collected.keySet())) {
                    appendCollected(sampler);
                }
            } finally {
                if (open != null) {
                    open.write("]\n");
                    open.close();
                }
            }
        }
    }
}
