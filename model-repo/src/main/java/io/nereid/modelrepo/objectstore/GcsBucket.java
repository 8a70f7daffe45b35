package io.nereid.modelrepo.objectstore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.auth.oauth2.GoogleCredentials;
import io.nereid.modelrepo.ModelRepositoryException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static io.nereid.modelrepo.objectstore.RestClient.encoded;

/**
 * A bucket of Google Cloud Storage, by its JSON API (docs/decisions/0007). With {@code STORAGE_EMULATOR_HOST} it is
 * asked there, without credentials.
 */
final class GcsBucket implements PagedBucket {
    private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
    private final String base;
    private final String name;
    private final @Nullable GoogleCredentials credentials;
    private final RestClient client;

    private GcsBucket(String base, String name, @Nullable GoogleCredentials credentials, Duration pause) {
        this.base = base;
        this.name = name;
        this.credentials = credentials;
        this.client = new RestClient("Google Cloud Storage", pause, (status, _) -> error(status));
    }

    /**
     * A bucket; it is not asked yet.
     *
     * @param credentials what the file of credentials says for it: the path of a key; where it says nothing the
     *     environment does, and where nobody does the bucket is asked without credentials
     * @param pause before it is asked again where it does not answer, twice as long each time
     */
    static GcsBucket open(ObjectLocation place, Map<String, String> credentials, Map<String, String> environment,
            Duration pause) {
        String emulator = environment.getOrDefault("STORAGE_EMULATOR_HOST", "");
        if (!emulator.isEmpty()) {
            return new GcsBucket(emulator.contains("://") ? emulator : "http://" + emulator, place.bucket(), null,
                    pause);
        }
        String key = credentials.getOrDefault(CloudCredentials.VALUE,
                environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", ""));
        return new GcsBucket("https://storage.googleapis.com", place.bucket(), key.isEmpty() ? found() : read(key),
                pause);
    }

    private static GoogleCredentials read(String file) {
        try (InputStream key = Files.newInputStream(Path.of(file))) {
            return GoogleCredentials.fromStream(key).createScoped(SCOPE);
        } catch (IOException | IllegalArgumentException e) { // its text may quote the file
            throw new ModelRepositoryException("the Google credentials in " + file + " cannot be used: "
                    + e.getClass().getSimpleName() + "; the file must be the JSON key of an account");
        }
    }

    /** Those of the machine or the user; null where there are none, which is enough for a public bucket. */
    private static @Nullable GoogleCredentials found() {
        try {
            return GoogleCredentials.getApplicationDefault().createScoped(SCOPE);
        } catch (IOException _) {
            return null;
        }
    }

    @Override
    public Page page(String prefix, boolean byFolder, String token) throws IOException {
        return client.list(
                uri("o?prefix=" + encoded(prefix) + (byFolder ? "&delimiter=%2F" : "")
                        + (token.isEmpty() ? "" : "&pageToken=" + encoded(token))),
                this::authorize, body -> {
                    try (JsonParser json = new JsonFactory().createParser(body)) {
                        return page(json);
                    }
                });
    }

    @Override
    public void download(Item item, Path file) throws IOException {
        client.download(uri("o/" + encoded(item.key()) + "?alt=media&generation=" + encoded(item.tag())), item.key(),
                this::authorize, file);
    }

    private URI uri(String path) {
        return URI.create(base + "/storage/v1/b/" + encoded(name) + "/" + path);
    }

    private void authorize(HttpURLConnection connection, URI uri) throws IOException {
        if (credentials == null) {
            return;
        }
        try {
            credentials.getRequestMetadata(uri).forEach(
                    (header, values) -> values.forEach(value -> connection.addRequestProperty(header, value)));
        } catch (IOException e) { // its text may hold what was sent
            throw new IOException("the Google credentials were not accepted (" + e.getClass().getSimpleName() + ")");
        }
    }

    private IOException error(int status) {
        String hint = switch (status) {
            case 401, 403 -> credentials == null
                    ? "; it is not public, give GOOGLE_APPLICATION_CREDENTIALS"
                    : "; check what the account may do (storage.objects.list, storage.objects.get)";
            case 404 -> "; check the name of the bucket";
            default -> "";
        };
        return new IOException("bucket '" + name + "' answered " + status + hint);
    }

    @Override
    public void close() {
        // connections are closed one by one
    }

    private static Page page(JsonParser json) throws IOException {
        List<Item> items = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        String token = "";
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "items" -> {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        items.add(item(json));
                    }
                }
                case "prefixes" -> {
                    while (json.nextToken() == JsonToken.VALUE_STRING) {
                        prefixes.add(json.getText());
                    }
                }
                case "nextPageToken" -> token = json.getText();
                default -> json.skipChildren();
            }
        }
        return new Page(items, prefixes, token);
    }

    private static Item item(JsonParser json) throws IOException {
        String name = "";
        String generation = "";
        long size = 0;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "name" -> name = json.getText();
                case "generation" -> generation = json.getText();
                case "size" -> size = Long.parseLong(json.getText());
                default -> json.skipChildren();
            }
        }
        return new Item(name, generation, size);
    }
}
