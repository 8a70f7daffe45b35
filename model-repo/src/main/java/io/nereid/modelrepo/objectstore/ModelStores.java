package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.DirectoryStore;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.ModelStore;
import org.jspecify.annotations.Nullable;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** Opens the stores that {@code --model-repository} names. Stateless but for the environment; for all threads. */
public final class ModelStores {
    private static final Pattern REMOTE = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*://.*");
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
        if (!location.startsWith("s3://") && !location.startsWith("gs://")) {
            throw new ModelRepositoryException("model repository '" + location
                    + "': this kind of store is not built; give a folder, s3://... or gs://...");
        }
    }

    /**
     * The store at a location: a folder, {@code s3://...} or {@code gs://...}. Whether anything is there is found out
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
        boolean s3 = place.scheme().equals("s3");
        Bucket bucket = s3 ? S3Bucket.open(place, credentials, environment)
                : GcsBucket.open(place, credentials, environment);
        return new ObjectStore(location, place, bucket,
                directory(s3 ? "TRITON_AWS_MOUNT_DIRECTORY" : "TRITON_GCS_MOUNT_DIRECTORY"), pause);
    }

    private @Nullable Path directory(String variable) {
        String path = environment.getOrDefault(variable, "");
        return path.isEmpty() ? null : Path.of(path);
    }
}
