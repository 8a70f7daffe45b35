package io.nereid.modelrepo;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Folders for files that end with this process. They are named after it, {@code nereid-PURPOSE-NAMESPACE.PID-RANDOM}, so
 * that what a process left that was killed can be told from what one uses that runs. A process of another container has
 * numbers of its own: its folders are never touched. Stateless, for all threads that may block.
 */
public final class TemporaryFolders {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolders.class);

    private static final Pattern NAME = Pattern.compile("nereid-[a-z-]+-([0-9]+)\\.([0-9]{1,18})-.+");
    /** The one place that tells in which container a process's number was given; other systems than Linux have none. */
    private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");
    /** Belongs to whoever this process runs as. */
    private static final Path THIS_PROCESS = Path.of("/proc/self");
    private static final String UNKNOWN = "0";

    private TemporaryFolders() {}

    /**
     * Makes a folder that only this user can read. Whoever asks for it deletes it.
     *
     * @param parent where; null for the system's folder for temporary files
     * @param purpose what for, in lower case and hyphens
     */
    public static Path create(@Nullable Path parent, String purpose) throws IOException {
        String prefix = "nereid-" + purpose + "-" + namespace() + "." + ProcessHandle.current().pid() + "-";
        return parent == null ? Files.createTempDirectory(prefix) : Files.createTempDirectory(parent, prefix);
    }

    /** Deletes what this user's processes left in a folder that were killed, as far as that goes. Takes its time. */
    public static void removeLeftovers(Path parent) {
        String namespace = namespace();
        if (namespace.equals(UNKNOWN)) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, "nereid-*")) {
            for (Path path : found) {
                if (isLeftover(path, namespace)) {
                    LOG.info("removing {}, which a process left that was killed", path);
                    ModelFiles.deleteAll(path, "the files of a process that was killed");
                }
            }
        } catch (IOException e) {
            LOG.debug("what processes left in {} that were killed stays there: {}", parent, e.toString());
        }
    }

    private static boolean isLeftover(Path path, String namespace) throws IOException {
        Matcher name = NAME.matcher(path.getFileName().toString());
        return name.matches() && name.group(1).equals(namespace)
                && ProcessHandle.of(Long.parseLong(name.group(2))).isEmpty()
                && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(THIS_PROCESS));
    }

    /** The number of the namespace in which this process has its own number. */
    private static String namespace() {
        try {
            String digits = Files.readSymbolicLink(NAMESPACE).toString().replaceAll("[^0-9]", "");
            return digits.isEmpty() ? UNKNOWN : digits;
        } catch (IOException | UnsupportedOperationException _) {
            return UNKNOWN;
        }
    }
}
