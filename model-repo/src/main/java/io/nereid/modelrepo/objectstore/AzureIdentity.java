package io.nereid.modelrepo.objectstore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;

/** An identity that Azure knows: asks for its token, and asks again before that expires. Thread-safe. */
final class AzureIdentity {
    private static final String SERVICE = "the service for Azure's identities";
    private static final Duration MARGIN = Duration.ofMinutes(5);

    private final AzureTokenSource source;
    private final InstantSource clock;
    private final RestClient client;
    /** Held while a token is asked for: the others wait for the same one. */
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable Answer answer;

    /** @param pause before the service is asked again where it does not answer, twice as long each time */
    AzureIdentity(AzureTokenSource source, InstantSource clock, Duration pause) {
        this.source = source;
        this.clock = clock;
        this.client = new RestClient(SERVICE, pause, (status, _) -> new IOException(
                SERVICE + " answered " + status + "; check that this machine or application has the identity"));
    }

    private record Answer(String token, Instant expires) {}

    /** A token that is good for some minutes at least. Blocks while it has to be asked for. */
    String token() throws IOException {
        lock.lock();
        try {
            Answer known = answer;
            if (known == null || known.expires.minus(MARGIN).isBefore(clock.instant())) {
                known = client.list(source.uri(), source.preparation(), this::read);
                answer = known;
            }
            return known.token;
        } finally {
            lock.unlock();
        }
    }

    private Answer read(InputStream body) throws IOException {
        String token = "";
        Instant expires = clock.instant();
        try (JsonParser json = new JsonFactory().createParser(body)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "access_token" -> token = json.getText();
                    case "expires_in" -> expires = clock.instant().plusSeconds(Long.parseLong(json.getText()));
                    case "expires_on" -> expires = Instant.ofEpochSecond(Long.parseLong(json.getText()));
                    default -> json.skipChildren();
                }
            }
        } catch (NumberFormatException | JsonProcessingException _) { // it may quote the token
            throw unreadable();
        }
        if (token.isEmpty()) {
            throw unreadable();
        }
        return new Answer(token, expires);
    }

    private static IOException unreadable() {
        return new IOException("the answer of " + SERVICE + " has no token");
    }
}
