package io.nereid.bench.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The load generator: a process of its own, so that its work is not counted as the server's. */
public final class Wrk {
    private static final int TIMEOUT_SECONDS = 60;

    private final Path directory;
    private final int port;

    /**
     * A load generator for a server on this machine.
     *
     * @param directory where its script and its output may be written
     */
    public Wrk(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    /** Refuses to go on without the program. */
    public static void requireInstalled() throws LoadException {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(folder, "wrk"))) {
                return;
            }
        }
        throw new LoadException("there is no wrk on the PATH, which makes the load: apt-get install wrk");
    }

    /** Sends the load for so long, which blocks, and says what came of it. */
    public WrkReport run(Load load, int concurrency, int seconds)
            throws IOException, InterruptedException, LoadException {
        Path script = Files.writeString(directory.resolve("wrk.lua"), load.toWrkScript());
        Path output = directory.resolve("wrk.txt");
        Process process = new ProcessBuilder(load.wrkCommand(script, port, concurrency, seconds))
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            if (!process.waitFor((long) seconds + TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new LoadException("wrk did not end " + TIMEOUT_SECONDS + " s after it should have");
            }
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
            throw new LoadException("wrk ended with " + process.exitValue() + ": " + text.strip());
        }
        return WrkReport.parse(text);
    }
}
