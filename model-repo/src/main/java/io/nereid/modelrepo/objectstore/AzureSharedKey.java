package io.nereid.modelrepo.objectstore;

import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Signs requests to Azure Blob Storage by the key of an account: its scheme "Shared Key". Thread-safe. */
final class AzureSharedKey {
    private static final String ALGORITHM = "HmacSHA256";
    private static final DateTimeFormatter DATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private final String account;
    private final SecretKeySpec key;
    private final InstantSource clock;

    /**
     * A key of an account.
     *
     * @param key in base 64, as Azure's portal shows it
     * @throws IllegalArgumentException if it is not; the text quotes nothing of it
     */
    AzureSharedKey(String account, String key, InstantSource clock) {
        this.account = account;
        this.key = new SecretKeySpec(decoded(key), ALGORITHM);
        this.clock = clock;
    }

    private static byte[] decoded(String key) {
        try {
            return Base64.getDecoder().decode(key);
        } catch (IllegalArgumentException _) { // its text quotes a character
            throw new IllegalArgumentException("not in base 64");
        }
    }

    /** Adds date and signature to a GET that has all its other headers. */
    void sign(HttpURLConnection connection, URI uri) {
        connection.setRequestProperty("x-ms-date", DATE.format(clock.instant()));
        connection.setRequestProperty("Authorization", "SharedKey " + account + ":" + signature(text(connection, uri)));
    }

    private String text(HttpURLConnection connection, URI uri) {
        String match = connection.getRequestProperty("If-Match");
        // the verb; of the headers between it and x-ms-* a GET of ours has If-Match alone, the ninth
        return "GET\n\n\n\n\n\n\n\n" + (match == null ? "" : match) + "\n\n\n\n"
                + "x-ms-date:" + connection.getRequestProperty("x-ms-date") + "\n"
                + "x-ms-version:" + connection.getRequestProperty("x-ms-version") + "\n"
                + "/" + account + uri.getRawPath() + query(uri);
    }

    private static String query(URI uri) {
        if (uri.getRawQuery() == null) {
            return "";
        }
        Map<String, String> sorted = new TreeMap<>();
        for (String pair : uri.getRawQuery().split("&", -1)) {
            int equals = pair.indexOf('=');
            sorted.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), UTF_8));
        }
        StringBuilder text = new StringBuilder();
        sorted.forEach((name, value) -> text.append('\n').append(name).append(':').append(value));
        return text.toString();
    }

    private String signature(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** Says nothing of the key. */
    @Override
    public String toString() {
        return "AzureSharedKey[" + account + "]";
    }
}
