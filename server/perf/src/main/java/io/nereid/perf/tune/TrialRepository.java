package io.nereid.perf.tune;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * A repository in the temporary folder with one model, whose files are the user's: all but {@code config.pbtxt}, which each
 * trial writes anew. {@link #close} deletes it; the user's files are never written to.
 */
final class TrialRepository implements AutoCloseable {
    private static final String CONFIG = "config.pbtxt";

    private final Path root;
    private final Path config;
    private final String written;

    private TrialRepository(Path root, Path config, String written) {
        this.root = root;
        this.config = config;
        this.written = written;
    }

    /**
     * Takes the model's files.
     *
     * @throws TuneException if the repository has no such model
     */
    static TrialRepository of(Path repository, String model) throws IOException, TuneException {
        Path source = repository.resolve(model);
        if (!Files.isDirectory(source)) {
            throw new TuneException(
                    "%s: no model %s there; it has %s".formatted(repository, model, models(repository)));
        }
        Path root = Files.createTempDirectory("nereid-tune");
        Path folder = root.resolve(model);
        try (Stream<Path> files = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                place(file, folder.resolve(source.relativize(file).toString()));
            }
        }
        Files.deleteIfExists(folder.resolve(CONFIG));
        Path written = source.resolve(CONFIG);
        return new TrialRepository(root, folder.resolve(CONFIG),
                Files.exists(written) ? Files.readString(written) : "");
    }

    /** A link to the data itself, since a model's files may not lead out of its directory; a copy where none can be. */
    private static void place(Path file, Path target) throws IOException {
        if (Files.isDirectory(file)) {
            Files.createDirectory(target);
            return;
        }
        try {
            Files.createLink(target, file.toRealPath());
        } catch (FileSystemException | UnsupportedOperationException _) {
            Files.copy(file, target);
        }
    }

    private static String models(Path repository) throws TuneException {
        try (Stream<Path> folders = Files.list(repository)) {
            List<String> names = folders.filter(Files::isDirectory).map(folder -> folder.getFileName().toString())
                    .sorted().toList();
            return names.isEmpty() ? "none" : String.join(", ", names);
        } catch (IOException e) {
            throw new TuneException(repository + ": cannot be read as a model repository: " + e.getMessage());
        }
    }

    /** The folder that a server is given. */
    Path root() {
        return root;
    }

    /** The text of the user's file; empty where there is none. */
    String written() {
        return written;
    }

    /** Gives the model this configuration. */
    void write(String text) throws IOException {
        Files.writeString(config, text);
    }

    @Override
    public void close() throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
