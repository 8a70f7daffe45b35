package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelContents;
import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelOutline;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.ModelStore;
import io.nereid.modelrepo.TemporaryFolders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The models under a prefix of a bucket. A model is copied to this machine's disk when it is loaded: every object as
 * the listing said it, and only if the listing is the same before and after.
 */
final class ObjectStore implements ModelStore {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectStore.class);

    private static final int MAX_OBJECTS = 100_000;
    private static final int DOWNLOADS = 8;
    private static final int TRIES = 5;
    /** Files in a model's own folder that are longer say nothing of it that is read before its load. */
    private static final long MAX_OUTLINE_BYTES = 1 << 20;

    private final String location;
    private final ObjectLocation place;
    private final Bucket bucket;
    private final @Nullable Path copies;
    private final Duration pause;
    /** Whether anything was ever there: until then nothing means that the location is mistyped. */
    private volatile boolean seen;

    /**
     * A store over a bucket, which it closes.
     *
     * @param location as whoever started the server named it
     * @param copies the directory for copies; null for that of the system
     * @param pause before a model that changes is listed again, twice as long each time
     */
    ObjectStore(String location, ObjectLocation place, Bucket bucket, @Nullable Path copies, Duration pause) {
        this.location = location;
        this.place = place;
        this.bucket = bucket;
        this.copies = copies;
        this.pause = pause;
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public String identity() {
        return place.identity();
    }

    @Override
    public SortedSet<String> list() {
        SortedSet<String> models = new TreeSet<>();
        try {
            for (String folder : bucket.folders(place.prefix())) {
                String name = folder.substring(place.prefix().length(), folder.length() - 1);
                if (isPlain(name) && !name.startsWith(".")) {
                    models.add(name);
                }
            }
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to read model repository '" + location + "': " + e.getMessage());
        }
        if (models.isEmpty() && !seen) {
            throw new ModelRepositoryException("model repository '" + location
                    + "' has no model: no object there is named '" + place.prefix() + "MODEL/...'");
        }
        seen = true;
        return models;
    }

    @Override
    public ModelContents contents(String model) {
        try {
            return new ModelContents(tags(items(model), prefix(model)));
        } catch (IOException e) {
            throw unreadable(model, e);
        }
    }

    private String prefix(String model) {
        if (!isPlain(model)) {
            throw new ModelRepositoryException("model repository '" + location + "' has no model '" + model + "'");
        }
        return place.prefix() + model + "/";
    }

    private List<Bucket.Item> items(String model) throws IOException {
        List<Bucket.Item> items = bucket.list(prefix(model), MAX_OBJECTS);
        if (items.isEmpty()) {
            throw new ModelRepositoryException("model repository '" + location + "' has no model '" + model + "'");
        }
        return items;
    }

    private static SortedMap<String, String> tags(List<Bucket.Item> items, String prefix) {
        SortedMap<String, String> tags = new TreeMap<>();
        for (Bucket.Item item : items) {
            String path = item.key().substring(prefix.length());
            if (!path.isEmpty()) {
                tags.put(path, path.endsWith("/") ? "" : item.tag());
            }
        }
        return tags;
    }

    private ModelRepositoryException unreadable(String model, IOException e) {
        return new ModelRepositoryException("failed to read model '" + model + "' of model repository '" + location
                + "': " + e.getMessage());
    }

    @Override
    public ModelFiles fetch(String model) {
        long start = System.nanoTime();
        try {
            for (int attempt = 0; attempt < TRIES; attempt++) {
                if (attempt > 0) {
                    LOG.warn("model '{}' changes in '{}' while it is copied; it is copied again", model, location);
                    Thread.sleep(pause.multipliedBy(1L << (attempt - 1)));
                }
                List<Bucket.Item> items = items(model);
                Path copy = copy(model, items);
                if (copy != null) {
                    LOG.info("model '{}': {} files, {} bytes from '{}' in {} ms", model, items.size(),
                            items.stream().mapToLong(Bucket.Item::size).sum(), location,
                            Duration.ofNanos(System.nanoTime() - start).toMillis());
                    return ModelFiles.copy(new ModelDirectory(model, copy.resolve(model)), copy);
                }
            }
        } catch (IOException e) {
            throw unreadable(model, e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ModelRepositoryException("copying model '" + model + "' from '" + location + "' was interrupted");
        }
        throw new ModelRepositoryException("model '" + model + "' of model repository '" + location + "' changed while"
                + " it was copied, " + TRIES + " times; load it again when its upload is complete");
    }

    /** {@inheritDoc} Of one moment is each file by itself: what a load finds is what counts. */
    @Override
    public ModelOutline outline(String model) {
        try {
            List<Bucket.Item> items = items(model);
            String prefix = prefix(model);
            Path root = newRoot();
            Path directory = Files.createDirectory(root.resolve(model));
            ModelFiles files = ModelFiles.copy(new ModelDirectory(model, directory), root);
            try {
                List<Bucket.Item> telling = items.stream().filter(item -> tells(item, prefix)).toList();
                download(telling, prefix, directory);
                for (Bucket.Item item : items) {
                    if (!tells(item, prefix)) {
                        standIn(item, target(directory, item.key().substring(prefix.length())));
                    }
                }
                return new ModelOutline(files, false);
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                files.release();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(model, e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ModelRepositoryException("reading model '" + model + "' of '" + location + "' was interrupted");
        }
    }

    private static boolean tells(Bucket.Item item, String prefix) {
        String path = item.key().substring(prefix.length());
        return item.size() <= MAX_OUTLINE_BYTES && (path.indexOf('/') < 0 || path.startsWith("configs/"));
    }

    /** A file as long as the object, without its content: it takes no room on the disk. */
    private static void standIn(Bucket.Item item, Path target) throws IOException {
        if (item.key().endsWith("/")) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.resolveSibling("."));
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(item.size());
        }
    }

    private Path newRoot() throws IOException {
        return TemporaryFolders.create(copies, "model");
    }

    /** A directory with the model's directory in it; null if the model has changed meanwhile. */
    private @Nullable Path copy(String model, List<Bucket.Item> items) throws IOException, InterruptedException {
        String prefix = prefix(model);
        Path root = newRoot();
        boolean whole = false;
        try {
            download(items, prefix, Files.createDirectory(root.resolve(model)));
            whole = tags(items, prefix).equals(tags(bucket.list(prefix, MAX_OBJECTS), prefix));
        } catch (ObjectChangedException e) {
            LOG.debug("model '{}': {}", model, e.getMessage());
        } finally {
            if (!whole) {
                ModelFiles.deleteAll(root);
            }
        }
        return whole ? root : null;
    }

    private void download(List<Bucket.Item> items, String prefix, Path directory)
            throws IOException, InterruptedException {
        try (ExecutorService downloads = Executors.newFixedThreadPool(DOWNLOADS,
                Thread.ofVirtual().name("download-", 0).factory())) {
            List<Future<?>> running = new ArrayList<>();
            for (Bucket.Item item : items) {
                Path target = target(directory, item.key().substring(prefix.length()));
                running.add(downloads.submit(() -> {
                    downloadOne(item, target);
                    return true;
                }));
            }
            try {
                for (Future<?> download : running) {
                    download.get();
                }
            } catch (ExecutionException e) {
                downloads.shutdownNow();
                throw e.getCause() instanceof IOException cause ? cause
                        : new IOException(String.valueOf(e.getCause()));
            } catch (InterruptedException e) {
                downloads.shutdownNow();
                throw e;
            }
        }
    }

    /** The name of an object is somebody's choice: it must stay in the directory, whatever it is. */
    private static Path target(Path directory, String path) throws IOException {
        boolean folder = path.isEmpty() || path.endsWith("/");
        String names = folder && !path.isEmpty() ? path.substring(0, path.length() - 1) : path;
        if (!names.isEmpty()) {
            for (String name : names.split("/", -1)) {
                if (!isPlain(name)) {
                    throw new IOException("an object is named '" + path + "', which is no path of a file in a model");
                }
            }
        }
        return directory.resolve(names);
    }

    private static boolean isPlain(String name) {
        return !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.length() <= 255
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
    }

    private void downloadOne(Bucket.Item item, Path target) throws IOException {
        if (item.key().endsWith("/")) { // what consoles make to show an empty folder
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.resolveSibling("."));
        bucket.download(item, target);
        if (Files.size(target) != item.size()) {
            throw new ObjectChangedException(item.key());
        }
    }

    @Override
    public void close() {
        bucket.close();
    }
}
