package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.nereid.server.protocol.ApiCategory;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code protocol.json}. What is only passed on stays JSON. For one thread. */
final class ProtocolReader {
    private static final String FILE = "protocol.json";
    private static final String CATEGORY = "x-category";
    private static final String REQUIRES = "x-requires";

    private final JsonFactory factory;
    private final JsonParser file;

    private ProtocolReader(JsonFactory factory, JsonParser file) {
        this.factory = factory;
        this.file = file;
    }

    /** Reads the file: some 200 KB of heap. */
    static ProtocolDescription read(JsonFactory factory, Set<String> features, Security security) throws IOException {
        try (InputStream resource = ProtocolReader.class.getResourceAsStream(FILE)) {
            if (resource == null) {
                throw new FileNotFoundException(FILE + " is not beside " + ProtocolReader.class);
            }
            try (JsonParser file = factory.createParser(resource)) {
                return new ProtocolReader(factory, file).description(features, security);
            }
        }
    }

    private ProtocolDescription description(Set<String> features, Security security) throws IOException {
        List<String> tags = new ArrayList<>();
        List<ProtocolPath> paths = new ArrayList<>();
        Map<String, String> components = Map.of();
        file.nextToken();
        while (file.nextToken() == JsonToken.FIELD_NAME) {
            String name = file.currentName();
            file.nextToken();
            switch (name) {
                case "tags" -> addTags(tags);
                case "paths" -> addPaths(paths);
                case "components" -> components = members();
                default -> throw new IOException(FILE + ": got member " + name + " (expected tags, paths, components)");
            }
        }
        return new ProtocolDescription(tags, paths, components, features, security);
    }

    private void addTags(List<String> tags) throws IOException {
        while (file.nextToken() != JsonToken.END_ARRAY) {
            tags.add(value());
        }
    }

    private void addPaths(List<ProtocolPath> paths) throws IOException {
        while (file.nextToken() == JsonToken.FIELD_NAME) {
            String name = file.currentName();
            file.nextToken();
            paths.add(new ProtocolPath(name, operations()));
        }
    }

    private List<ProtocolOperation> operations() throws IOException {
        List<ProtocolOperation> operations = new ArrayList<>();
        while (file.nextToken() == JsonToken.FIELD_NAME) {
            String method = file.currentName();
            file.nextToken();
            operations.add(operation(method));
        }
        return operations;
    }

    private ProtocolOperation operation(String method) throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        String category = null;
        String requires = null;
        while (file.nextToken() == JsonToken.FIELD_NAME) {
            String name = file.currentName();
            file.nextToken();
            switch (name) {
                case CATEGORY -> category = file.getText();
                case REQUIRES -> requires = file.getText();
                default -> members.put(name, value());
            }
        }
        if (category == null) {
            throw new IOException(FILE + ": an operation " + method + " without " + CATEGORY);
        }
        return new ProtocolOperation(method, ApiCategory.named(category).orElseThrow(), requires, members);
    }

    private Map<String, String> members() throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        while (file.nextToken() == JsonToken.FIELD_NAME) {
            String name = file.currentName();
            file.nextToken();
            members.put(name, value());
        }
        return members;
    }

    /** The value that begins here. */
    private String value() throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(text)) {
            json.copyCurrentStructure(file);
        }
        return text.toString();
    }
}
