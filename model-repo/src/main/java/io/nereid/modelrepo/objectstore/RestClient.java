package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Asks the REST interface of an object store, and asks again where that may well go better. Thread-safe; blocks.
 *
 * @param service what messages call it
 * @param pause before it is asked again, twice as long each time
 * @param refusals what is said of an answer that is no success
 */
record RestClient(String service, Duration pause, Refusals refusals) {
    private static final int CONNECT_MILLIS = 10_000;
    /** Between two pieces of an object, not for all of it. */
    private static final int READ_MILLIS = 60_000;
    private static final int TRIES = 4;

    /** Puts what the service wants into a request that is about to be sent. */
    @FunctionalInterface
    interface Preparation {
        void prepare(HttpURLConnection connection, URI uri) throws IOException;
    }

    /** What is made of the body of an answer. */
    @FunctionalInterface
    interface BodyReader<T> {
        T read(InputStream body) throws IOException;
    }

    /** The error for an answer that is no success, and that another try would not change. */
    @FunctionalInterface
    interface Refusals {
        IOException of(int status, HttpURLConnection answer);
    }

    /** It may well go better the next time. */
    private static final class Temporary extends IOException {
        private static final long serialVersionUID = 1;

        Temporary(String message) {
            super(message);
        }
    }

    /** What a query asks for. */
    <T> T list(URI uri, Preparation preparation, BodyReader<T> reader) throws IOException {
        return ask(uri, "", preparation, reader);
    }

    /**
     * Copies an object to a file.
     *
     * @param key what the object is called
     * @throws ObjectChangedException if it is not there, or not as the request wants it
     */
    void download(URI uri, String key, Preparation preparation, Path file) throws IOException {
        ask(uri, key, preparation, body -> {
            Files.deleteIfExists(file); // of a try before
            return Files.copy(body, file);
        });
    }

    private <T> T ask(URI uri, String key, Preparation preparation, BodyReader<T> reader) throws IOException {
        for (int attempt = 1; true; attempt++) {
            try {
                return askOnce(uri, key, preparation, reader);
            } catch (Temporary | SocketException | SocketTimeoutException e) {
                if (attempt == TRIES) {
                    throw new IOException(service + " did not answer: " + e.getMessage());
                }
                await(pause.multipliedBy(1L << (attempt - 1)));
            }
        }
    }

    private static void await(Duration pause) throws IOException {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }

    private <T> T askOnce(URI uri, String key, Preparation preparation, BodyReader<T> reader) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        try {
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            preparation.prepare(connection, uri);
            int status = status(connection, uri);
            if (status == 200) {
                try (InputStream body = connection.getInputStream()) {
                    return reader.read(body);
                }
            }
            if (!key.isEmpty() && (status == 404 || status == 412)) {
                throw new ObjectChangedException(key);
            }
            if (status == 429 || status >= 500) {
                throw new Temporary("it answered " + status);
            }
            throw refusals.of(status, connection);
        } finally {
            connection.disconnect();
        }
    }

    private int status(HttpURLConnection connection, URI uri) throws IOException {
        try {
            return connection.getResponseCode();
        } catch (UnknownHostException _) {
            throw new IOException(service + " did not answer: no host is named '" + uri.getHost() + "'");
        }
    }

    /** A text as a part of a URL: nothing in it means anything there. */
    static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }
}
