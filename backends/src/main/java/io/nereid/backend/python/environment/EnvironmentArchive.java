package io.nereid.backend.python.environment;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** Unpacks an environment from a {@code .tar.gz}. Nothing is written outside of the target, whatever it contains. */
final class EnvironmentArchive {
    private static final Set<PosixFilePermission> EXECUTABLE = EnumSet.of(PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);

    private final Path target;

    private EnvironmentArchive(Path target) {
        this.target = target;
    }

    /**
     * Unpacks an archive into a folder that is there and empty.
     *
     * @throws InferenceException INTERNAL if it cannot be read, or has a name that leads out of the folder
     */
    static void unpack(Path archive, Path target) throws InferenceException {
        try (InputStream file = Files.newInputStream(archive);
                InputStream in = new GZIPInputStream(new BufferedInputStream(file, 1 << 16), 1 << 16)) {
            TarInput tar = new TarInput(in);
            EnvironmentArchive unpacked = new EnvironmentArchive(target.toRealPath());
            for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
                unpacked.add(entry, tar);
            }
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "the Python environment " + archive
                    + " cannot be unpacked: " + e.getMessage(), e);
        }
    }

    private void add(TarEntry entry, TarInput content) throws IOException, InferenceException {
        Path path = inside(entry.name());
        switch (entry.type()) {
            case TarEntry.DIRECTORY -> Files.createDirectories(checkedParent(path.resolve("x")));
            case TarEntry.SYMBOLIC_LINK -> {
                checkedParent(path);
                Files.deleteIfExists(path);
                Files.createSymbolicLink(path, Path.of(entry.link()));
            }
            case TarEntry.HARD_LINK -> link(path, inside(entry.link()));
            default -> {
                if (entry.isFile()) {
                    write(path, entry, content);
                }
            }
        }
    }

    private void link(Path path, Path existing) throws IOException {
        checkedParent(path);
        checkedParent(existing);
        Files.deleteIfExists(path);
        Files.createLink(path, existing);
    }

    private void write(Path path, TarEntry entry, TarInput content) throws IOException {
        checkedParent(path);
        Files.deleteIfExists(path);
        try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.copyTo(out);
        }
        if (entry.isExecutable()) {
            Files.setPosixFilePermissions(path, EXECUTABLE);
        }
    }

    private Path inside(String name) throws InferenceException {
        if (name.startsWith("/")) {
            throw new InferenceException(ErrorCode.INTERNAL, "Path is absolute: '" + name + "'");
        }
        for (String part : name.split("/")) {
            if (part.equals("..")) {
                throw new InferenceException(ErrorCode.INTERNAL, "Path contains '..': '" + name + "'");
            }
        }
        return target.resolve(name).normalize();
    }

    /** The folder that something goes to, made if need be; a link in the archive must not lead out by it. */
    private Path checkedParent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null || !parent.startsWith(target)) {
            throw new IOException("'" + path + "' leads out of the folder");
        }
        if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
            Path existing = parent;
            while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
                existing = existing.getParent();
            }
            if (existing != null) {
                checkInside(existing);
            }
            Files.createDirectories(parent);
        }
        checkInside(parent);
        return parent;
    }

    private void checkInside(Path folder) throws IOException {
        if (!folder.toRealPath().startsWith(target)) {
            throw new IOException("'" + target.relativize(folder) + "' is a link that leads out of the folder");
        }
    }
}
