package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Reads the {@link Schema} from {@code model_config.proto}, so that this file is the one place
 * where the schema is written. It understands as much of the proto language
 * as that file uses and fails on anything else.
 */
final class SchemaReader {

    /** The schema of model configurations, read when it is first asked for. */
    static final class ModelConfigSchema {
        static final Schema SCHEMA = readResource();
        static final Schema.MessageType MODEL_CONFIG = SCHEMA.message("ModelConfig");

        private ModelConfigSchema() {}
    }

    /** A field whose type may be declared further down in the file. */
    private record OpenField(Schema.MessageType owner, String type, boolean repeated, String name, int number,
            @Nullable String oneof, @Nullable String mapValueType) {}

    private final Tokenizer tokens;
    private final Map<String, Schema.MessageType> messages = new LinkedHashMap<>();
    private final Map<String, Schema.EnumType> enums = new LinkedHashMap<>();
    private final List<OpenField> openFields = new ArrayList<>();
    private Token current;

    private SchemaReader(String text) {
        tokens = new Tokenizer(text, "//");
        current = tokens.next();
    }

    private static Schema readResource() {
        try (InputStream in = SchemaReader.class.getResourceAsStream("/model_config.proto")) {
            return read(new String(Objects.requireNonNull(in, "model_config.proto").readAllBytes(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Schema read(String text) {
        SchemaReader reader = new SchemaReader(text);
        while (reader.current.kind() != Token.Kind.END) {
            reader.readDeclaration("");
        }
        reader.resolveFields();
        return new Schema(List.copyOf(reader.messages.values()));
    }

    private void readDeclaration(String scope) {
        String keyword = take();
        switch (keyword) {
            case "syntax", "package", "option", "import", "reserved" -> skipStatement();
            case "message" -> readMessage(scope);
            case "enum" -> readEnum(scope);
            default -> throw unexpected(keyword);
        }
    }

    private void readMessage(String scope) {
        String name = scope + take();
        Schema.MessageType message = new Schema.MessageType(name, false);
        messages.put(name, message);
        expect("{");
        while (!accept("}")) {
            switch (current.text()) {
                case "message", "enum", "reserved", "option" -> readDeclaration(name + ".");
                case "oneof" -> readOneof(message);
                default -> readField(message, null);
            }
        }
    }

    private void readOneof(Schema.MessageType message) {
        expect("oneof");
        String oneof = take();
        expect("{");
        while (!accept("}")) {
            readField(message, oneof);
        }
    }

    private void readField(Schema.MessageType owner, @Nullable String oneof) {
        boolean repeated = accept("repeated");
        String type = take();
        String mapValueType = null;
        if (type.equals("map")) {
            expect("<");
            type = take();
            expect(",");
            mapValueType = takeTypeName();
            expect(">");
        } else {
            type = takeRestOfTypeName(type);
        }
        String name = take();
        expect("=");
        int number = Integer.parseInt(take());
        expect(";");
        openFields.add(new OpenField(owner, type, repeated, name, number, oneof, mapValueType));
    }

    private String takeTypeName() {
        return takeRestOfTypeName(take());
    }

    private String takeRestOfTypeName(String start) {
        StringBuilder name = new StringBuilder(start);
        while (accept(".")) {
            name.append('.').append(take());
        }
        return name.toString();
    }

    private void readEnum(String scope) {
        String name = scope + take();
        Schema.EnumType type = new Schema.EnumType(name);
        enums.put(name, type);
        expect("{");
        while (!accept("}")) {
            String valueName = take();
            expect("=");
            type.add(valueName, Integer.parseInt(take()));
            expect(";");
        }
    }

    private void resolveFields() {
        for (OpenField open : openFields) {
            String scope = open.owner().name();
            open.owner().add(open.mapValueType() == null
                    ? field(scope, open.type(), open.name(), open.number(), open.repeated(), open.oneof())
                    : new Schema.Field(open.name(), open.number(), Schema.Kind.MESSAGE, true, null,
                            mapEntry(scope, open.name(), open.type(), open.mapValueType()), null));
        }
    }

    private Schema.MessageType mapEntry(String scope, String name, String keyType, String valueType) {
        Schema.MessageType entry = new Schema.MessageType(scope + "." + name, true);
        entry.add(field(scope, keyType, "key", 1, false, null));
        entry.add(field(scope, valueType, "value", 2, false, null));
        return entry;
    }

    private Schema.Field field(String scope, String type, String name, int number, boolean repeated,
            @Nullable String oneof) {
        Schema.Kind scalar = scalar(type);
        if (scalar != null) {
            return new Schema.Field(name, number, scalar, repeated, oneof, null, null);
        }
        // As in C++: the innermost enclosing message that declares the name wins.
        for (String prefix = scope + "."; true; prefix = outer(prefix)) {
            Schema.MessageType message = messages.get(prefix + type);
            Schema.EnumType enumeration = enums.get(prefix + type);
            if (message != null || enumeration != null) {
                Schema.Kind kind = message != null ? Schema.Kind.MESSAGE : Schema.Kind.ENUM;
                return new Schema.Field(name, number, kind, repeated, oneof, message, enumeration);
            }
            if (prefix.isEmpty()) {
                throw new IllegalStateException("unknown type '" + type + "' in " + scope);
            }
        }
    }

    private static String outer(String prefix) {
        return prefix.substring(0, prefix.lastIndexOf('.', prefix.length() - 2) + 1);
    }

    private static Schema.@Nullable Kind scalar(String type) {
        return switch (type) {
            case "int32" -> Schema.Kind.INT32;
            case "int64" -> Schema.Kind.INT64;
            case "uint32" -> Schema.Kind.UINT32;
            case "uint64" -> Schema.Kind.UINT64;
            case "bool" -> Schema.Kind.BOOL;
            case "float" -> Schema.Kind.FLOAT;
            case "double" -> Schema.Kind.DOUBLE;
            case "string" -> Schema.Kind.STRING;
            default -> null;
        };
    }

    private void skipStatement() {
        while (!accept(";")) {
            take();
        }
    }

    private String take() {
        if (current.kind() == Token.Kind.END || current.kind() == Token.Kind.MALFORMED) {
            throw unexpected(current.text());
        }
        String text = current.text();
        current = tokens.next();
        return text;
    }

    private boolean accept(String text) {
        if (!current.text().equals(text) || current.kind() == Token.Kind.STRING) {
            return false;
        }
        take();
        return true;
    }

    private void expect(String text) {
        if (!accept(text)) {
            throw unexpected(current.text());
        }
    }

    private IllegalStateException unexpected(String text) {
        return new IllegalStateException(
                "model_config.proto:" + current.position().line() + ": unexpected '" + text + "'");
    }
}
