package io.nereid.modelrepo.objectstore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.nereid.modelrepo.ModelRepositoryException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The file that {@code TRITON_CLOUD_CREDENTIAL_PATH} names: credentials by the locations they are for. Of several that
 * a location begins with the longest counts; the empty one is for all.
 */
final class CloudCredentials {
    /** The one member that an entry has which is a string and no object, as for {@code gs}. */
    static final String VALUE = "";

    private final Map<String, Map<String, Map<String, String>>> bySchemeAndLocation = new LinkedHashMap<>();

    private CloudCredentials() {}

    /** No file: nothing for any location. */
    static CloudCredentials none() {
        return new CloudCredentials();
    }

    /** @throws ModelRepositoryException if the file cannot be read; the text quotes nothing of it */
    static CloudCredentials read(String file) {
        CloudCredentials credentials = new CloudCredentials();
        try (JsonParser json = new JsonFactory().createParser(Files.readString(Path.of(file)))) {
            credentials.readAll(json);
            return credentials;
        } catch (JsonProcessingException e) {
            throw new ModelRepositoryException("TRITON_CLOUD_CREDENTIAL_PATH: " + file + " is not valid JSON in line "
                    + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr());
        } catch (IOException | IllegalArgumentException e) {
            throw new ModelRepositoryException("TRITON_CLOUD_CREDENTIAL_PATH: " + file + " cannot be read: "
                    + e.getClass().getSimpleName());
        }
    }

    private void readAll(JsonParser json) throws IOException {
        expectObject(json.nextToken());
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            Map<String, Map<String, String>> locations = new LinkedHashMap<>();
            bySchemeAndLocation.put(json.currentName(), locations);
            expectObject(json.nextToken());
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String location = json.currentName();
                json.nextToken();
                locations.put(location, entry(json));
            }
        }
    }

    private static void expectObject(JsonToken token) {
        if (token != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("no object");
        }
    }

    private static Map<String, String> entry(JsonParser json) throws IOException {
        if (json.currentToken().isScalarValue()) {
            return Map.of(VALUE, json.getText());
        }
        expectObject(json.currentToken());
        Map<String, String> entry = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            entry.put(name, json.getText());
            json.skipChildren();
        }
        return entry;
    }

    /** What the file says for a location; empty if it says nothing. */
    Map<String, String> forLocation(String scheme, String location) {
        String best = null;
        Map<String, Map<String, String>> locations = bySchemeAndLocation.getOrDefault(scheme, Map.of());
        for (String candidate : locations.keySet()) {
            if (location.startsWith(candidate) && (best == null || candidate.length() > best.length())) {
                best = candidate;
            }
        }
        return best == null ? Map.of() : locations.getOrDefault(best, Map.of());
    }

    /** Says nothing of what is in it. */
    @Override
    public String toString() {
        return "CloudCredentials";
    }
}
