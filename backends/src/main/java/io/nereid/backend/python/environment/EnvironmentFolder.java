package io.nereid.backend.python.environment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.TemporaryFolders;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The folder that holds environments for as long as the server runs. It is made with the first of them.
 * Thread-safe.
 */
final class EnvironmentFolder implements EnvironmentPlaces {
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
                own = TemporaryFolders.create(parent, "python-env");
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
