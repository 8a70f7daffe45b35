package io.nereid.backend.isolation.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A worker that does its work on a thread of this process. What the server starts for it is a shell that takes the two ends
 * of the work channel from one to the other.
 */
public final class WorkerThread {
    private WorkerThread() {}

    /**
     * Starts the thread, which waits for its process.
     *
     * @param folder where its channels lie
     * @return the program of that process, and its first arguments
     */
    public static List<String> start(Path folder) throws IOException, InterruptedException {
        Path channels = Files.createTempDirectory(folder, "worker");
        for (String channel : List.of("arguments", "questions", "answers")) {
            if (new ProcessBuilder("mkfifo", channels.resolve(channel).toString()).start().waitFor() != 0) {
                throw new IOException("no channel '" + channel + "' in " + channels);
            }
        }
        Thread.ofPlatform().daemon().name("worker").start(() -> work(channels));
        return List.of("sh", "-c", """
                printf '%%s\\n' "$@" > %1$s/arguments
                cat %1$s/answers &
                exec cat > %1$s/questions
                """.formatted(channels), "worker", "--memory-limit", "0");
    }

    private static void work(Path channels) {
        try {
            List<String> arguments = new ArrayList<>(Files.readAllLines(channels.resolve("arguments")));
            try (InputStream questions = Files.newInputStream(channels.resolve("questions"));
                    OutputStream answers = Files.newOutputStream(channels.resolve("answers"))) {
                WorkerMain.answer(WorkerMain.arguments(arguments.toArray(new String[0])), questions, answers, () -> {
                });
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
