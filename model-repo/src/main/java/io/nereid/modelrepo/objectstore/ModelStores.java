package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.DirectoryStore;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.ModelStore;
import io.nereid.modelrepo.TemporaryFolders;
import org.jspecify.annotations.Nullable;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** Opens the stores that {@code --model-repository} names. Stateless but for the environment; for all threads. */
public final class ModelStores {
    private static final Pattern REMOTE = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*://.*");
    private static final Pattern KNOWN = Pattern.compile("(s3|gs|as)://.*");
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Map<String, String> environment;
    private final Duration pause;

    /** Stores with the credentials that these environment variables of the process name (docs/model-repository.md). */
    public ModelStores(Map<String, String> environment) {
        this(environment, PAUSE);
    }

    ModelStores(Map<String, String> environment, Duration pause) {
        this.environment = Map.copyOf(environment);
        this.pause = pause;
    }

    /** Whether a location is in an object store, and no path of this machine. */
    public static boolean isRemote(String location) {
        return REMOTE.matcher(location).matches();
    }

    /**
     * Says what is wrong with how a location is written, without a look at the place.
     *
     * @throws ModelRepositoryException if anything is
     */
    public static void check(String location) {
        if (isRemote(location)) {
            requireKnown(location);
            ObjectLocation.parse(location);
        }
    }

    private static void requireKnown(String location) {
        if (location.contains("@")) { // not quoted: what stands before it is often a secret
            throw new ModelRepositoryException("a model repository must not have '@' in its location: credentials come"
                    + " from the environment or from TRITON_CLOUD_CREDENTIAL_PATH");
        }
        if (location.startsWith("as://") && location.contains("?")) { // what follows is often a shared access signature
            throw new ModelRepositoryException("a model repository must not have '?' in its location: a shared access"
                    + " signature comes from AZURE_STORAGE_CONNECTION_STRING");
        }
        if (!KNOWN.matcher(location).matches()) {
            throw new ModelRepositoryException("model repository '" + location
                    + "': this kind of store is not built; give a folder, s3://..., gs://... or as://...");
        }
    }

    /**
     * The store at a location: a folder, {@code s3://...}, {@code gs://...} or {@code as://...}. Whether anything is there is found out
     * when it is read.
     *
     * @throws ModelRepositoryException if the location is written wrong, or its credentials cannot be read
     */
    public ModelStore open(String location) {
        if (!isRemote(location)) {
            try {
                return new DirectoryStore(Path.of(location));
            } catch (InvalidPathException _) {
                throw new ModelRepositoryException("model repository '" + location + "' is no path on this system");
            }
        }
        requireKnown(location);
        ObjectLocation place = ObjectLocation.parse(location);
        String file = environment.getOrDefault("TRITON_CLOUD_CREDENTIAL_PATH", "");
        Map<String, String> credentials = (file.isEmpty() ? CloudCredentials.none() : CloudCredentials.read(file))
                .forLocation(place.scheme(), location);
        return switch (place.scheme()) {
            case "s3" -> store(location, place, S3Bucket.open(place, credentials, environment), "AWS");
            case "gs" -> store(location, place, GcsBucket.open(place, credentials, environment, pause), "GCS");
            default -> store(location, place, AzureBucket.open(place, credentials, environment, pause), "AZURE");
        };
    }

    /** @param provider as Triton's variable for the folder of copies calls it */
    private ModelStore store(String location, ObjectLocation place, Bucket bucket, String provider) {
        Path copies = directory("TRITON_" + provider + "_MOUNT_DIRECTORY");
        if (copies != null) {
            Thread.ofVirtual().name("leftovers").start(() -> TemporaryFolders.removeLeftovers(copies));
        }
        return new ObjectStore(location, place, bucket, copies, pause);
    }

    private @Nullable Path directory(String variable) {
        String path = environment.getOrDefault(variable, "");
        return path.isEmpty() ? null : Path.of(path);
    }
}
