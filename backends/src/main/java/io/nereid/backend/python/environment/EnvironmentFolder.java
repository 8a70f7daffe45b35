package io.nereid.backend.python.environment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelFiles;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The folder that holds environments for as long as the server runs. It is made with the first of them; what servers
 * left that were killed is removed then. Thread-safe.
 */
final class EnvironmentFolder implements EnvironmentPlaces {
    private static final String PREFIX = "nereid-python-env-";

    private final Path parent;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable Path folder;
    @GuardedBy("lock")
    private int last;

    /** @param parent where temporary files go */
    EnvironmentFolder(Path parent) {
        this.parent = parent;
    }

    /** {@inheritDoc} Each is made anew: whoever asks remembers it. */
    @Override
    public Path place(String key, Maker maker) throws InferenceException {
        Path target = create();
        try {
            maker.make(target);
            return target;
        } catch (InferenceException | RuntimeException | Error e) {
            remove(target);
            throw e;
        }
    }

    private Path create() throws InferenceException {
        lock.lock();
        try {
            Path own = folder;
            if (own == null) {
                removeLeftovers();
                own = Files.createTempDirectory(parent, PREFIX + ProcessHandle.current().pid() + "-");
                folder = own;
            }
            return Files.createDirectory(own.resolve(String.valueOf(last++)));
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "there is no folder for a Python environment below "
                    + parent + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    private void removeLeftovers() throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path path : found) {
                if (isLeftover(path.getFileName().toString())) {
                    remove(path);
                }
            }
        }
    }

    private static boolean isLeftover(String name) {
        String pid = name.substring(PREFIX.length()).replaceFirst("-.*", "");
        try {
            return ProcessHandle.of(Long.parseLong(pid)).isEmpty();
        } catch (NumberFormatException _) {
            return false;
        }
    }

    /** Removes a folder and what is in it, as far as that can be done. */
    private static void remove(Path path) {
        ModelFiles.deleteAll(path, "the files of a Python environment");
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (folder != null) {
                remove(folder);
                folder = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
