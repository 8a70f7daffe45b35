package io.nereid.backend.python.environment;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelFiles;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A folder that keeps environments when the server ends: each in a folder named after what it is made of, beside a file
 * that is locked while it is made, so that of several servers one makes it and the others wait. An environment that is
 * whole is never changed or removed. Thread-safe.
 */
final class EnvironmentCache implements EnvironmentPlaces {
    /** In the environment once it is whole. */
    private static final String WHOLE = ".nereid-whole";
    private static final long RETRY_MILLIS = 100;

    private final Path folder;

    /** @param folder is made if it is not there */
    EnvironmentCache(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    @Override
    public Path place(String key, Maker maker) throws InferenceException {
        Path target = folder.resolve(key);
        if (Files.exists(target.resolve(WHOLE))) {
            return target;
        }
        try {
            Files.createDirectories(folder);
            makeAlone(target, folder.resolve(key + ".lock"), maker);
            return target;
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "a Python environment cannot be kept in " + folder + ": "
                    + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server stops", e);
        }
    }

    private static void makeAlone(Path target, Path lockFile, Maker maker)
            throws IOException, InterruptedException, InferenceException {
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = lock(channel)) {
            if (Files.exists(target.resolve(WHOLE))) {
                return;
            }
            if (Files.exists(target)) { // of a server that was killed
                ModelFiles.deleteAll(target, "the files of a Python environment that is not whole");
            }
            Files.createDirectory(target);
            try {
                maker.make(target);
            } catch (InferenceException | RuntimeException | Error e) {
                ModelFiles.deleteAll(target, "the files of a Python environment");
                throw e;
            }
            Files.createFile(target.resolve(WHOLE));
        }
    }

    /** Waits for other processes, and for other servers of this one. */
    private static FileLock lock(FileChannel channel) throws IOException, InterruptedException {
        while (true) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException _) {
                // A server of this process has it.
            }
            Thread.sleep(RETRY_MILLIS);
        }
    }

    @Override
    public void close() {
        // It is for the servers that come.
    }
}
