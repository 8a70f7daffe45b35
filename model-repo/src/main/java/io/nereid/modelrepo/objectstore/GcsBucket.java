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
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A bucket of Google Cloud Storage, by its JSON API (docs/decisions/0007). With {@code STORAGE_EMULATOR_HOST} it is
 * asked there, without credentials.
 */
final class GcsBucket implements Bucket {
    private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
    private static final int CONNECT_MILLIS = 10_000;
    /** Between two pieces of an object, not for all of it. */
    private static final int READ_MILLIS = 60_000;
    private static final int TRIES = 4;
    private static final long PAUSE_MILLIS = 250;

    private final String base;
    private final String name;
    private final @Nullable GoogleCredentials credentials;

    private GcsBucket(String base, String name, @Nullable GoogleCredentials credentials) {
        this.base = base;
        this.name = name;
        this.credentials = credentials;
    }

    /**
     * A bucket; it is not asked yet.
     *
     * @param credentials what the file of credentials says for it: the path of a key; where it says nothing the
     *     environment does, and where nobody does the bucket is asked without credentials
     */
    static GcsBucket open(ObjectLocation place, Map<String, String> credentials, Map<String, String> environment) {
        String emulator = environment.getOrDefault("STORAGE_EMULATOR_HOST", "");
        if (!emulator.isEmpty()) {
            return new GcsBucket(emulator.contains("://") ? emulator : "http://" + emulator, place.bucket(), null);
        }
        String key = credentials.getOrDefault(CloudCredentials.VALUE,
                environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", ""));
        return new GcsBucket("https://storage.googleapis.com", place.bucket(), key.isEmpty() ? found() : read(key));
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
    public List<String> folders(String prefix) throws IOException {
        List<String> folders = new ArrayList<>();
        list("prefix=" + encoded(prefix) + "&delimiter=%2F", page -> folders.addAll(page.prefixes()));
        return folders;
    }

    @Override
    public List<Item> list(String prefix, int max) throws IOException {
        List<Item> items = new ArrayList<>();
        list("prefix=" + encoded(prefix), page -> {
            items.addAll(page.items());
            if (items.size() > max) {
                throw new IOException("more than " + max + " objects under '" + prefix + "'");
            }
        });
        return items;
    }

    /** What is done with each page of a listing. */
    @FunctionalInterface
    private interface PageReader {
        void read(GcsPage page) throws IOException;
    }

    private void list(String query, PageReader reader) throws IOException {
        String token = "";
        do {
            GcsPage page = ask("o?" + query + (token.isEmpty() ? "" : "&pageToken=" + encoded(token)), "", body -> {
                try (JsonParser json = new JsonFactory().createParser(body)) {
                    return GcsPage.read(json);
                }
            });
            reader.read(page);
            token = page.nextToken();
        } while (!token.isEmpty());
    }

    @Override
    public void download(Item item, Path file) throws IOException {
        ask("o/" + encoded(item.key()) + "?alt=media&generation=" + encoded(item.tag()), item.key(), body -> {
            Files.deleteIfExists(file); // of a try before
            return Files.copy(body, file);
        });
    }

    /** What is made of the body of an answer. */
    @FunctionalInterface
    private interface BodyReader<T> {
        T read(InputStream body) throws IOException;
    }

    /** @param key the object that is asked for, which may have changed; empty for a listing */
    private <T> T ask(String path, String key, BodyReader<T> reader) throws IOException {
        for (int attempt = 1; true; attempt++) {
            try {
                return askOnce(path, key, reader);
            } catch (Temporary | java.net.SocketException | java.net.SocketTimeoutException e) {
                if (attempt == TRIES) {
                    throw new IOException("Google Cloud Storage did not answer: " + e.getMessage());
                }
                pause(attempt);
            }
        }
    }

    private static void pause(int attempt) throws IOException {
        try {
            Thread.sleep(PAUSE_MILLIS << attempt);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }

    /** It may well go better the next time. */
    private static final class Temporary extends IOException {
        private static final long serialVersionUID = 1;

        Temporary(String message) {
            super(message);
        }
    }

    private <T> T askOnce(String path, String key, BodyReader<T> reader) throws IOException {
        URI uri = URI.create(base + "/storage/v1/b/" + encoded(name) + "/" + path);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        try {
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            authorize(connection, uri);
            int status = connection.getResponseCode();
            if (status == 200) {
                try (InputStream body = connection.getInputStream()) {
                    return reader.read(body);
                }
            }
            if (!key.isEmpty() && (status == 404 || status == 412)) {
                throw new ObjectChangedException(key);
            }
            throw error(status);
        } finally {
            connection.disconnect();
        }
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
        if (status == 429 || status >= 500) {
            return new Temporary("bucket '" + name + "' answered " + status);
        }
        String hint = switch (status) {
            case 401, 403 -> credentials == null
                    ? "; it is not public, give GOOGLE_APPLICATION_CREDENTIALS"
                    : "; check what the account may do (storage.objects.list, storage.objects.get)";
            case 404 -> "; check the name of the bucket";
            default -> "";
        };
        return new IOException("bucket '" + name + "' answered " + status + hint);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        // connections are closed one by one
    }

    /** A page of a listing. */
    private record GcsPage(List<Item> items, List<String> prefixes, String nextToken) {
        static GcsPage read(JsonParser json) throws IOException {
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
            return new GcsPage(items, prefixes, token);
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
}
