package io.nereid.backend.worker.message;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.nereid.inference.ParameterValue;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Parameters of requests and responses as a JSON object; none are the empty text. Stateless. */
public final class ParametersJson {
    /** NaN and infinities are numbers, as Python's {@code json} writes and reads them. */
    private static final JsonFactory JSON = JsonFactory.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

    private ParametersJson() {}

    /** The text of parameters. */
    public static String write(Map<String, ParameterValue> parameters) {
        if (parameters.isEmpty()) {
            return "";
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(text)) {
            out.writeStartObject();
            for (Map.Entry<String, ParameterValue> parameter : parameters.entrySet()) {
                out.writeFieldName(parameter.getKey());
                switch (parameter.getValue()) {
                    case ParameterValue.Text(String value) -> out.writeString(value);
                    case ParameterValue.Int(long value) -> out.writeNumber(value);
                    case ParameterValue.Flag(boolean value) -> out.writeBoolean(value);
                    case ParameterValue.Real(double value) -> out.writeNumber(value);
                }
            }
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }

    /**
     * The parameters that a text has.
     *
     * @throws MalformedFrameException if it is no object of texts, numbers and booleans
     */
    public static Map<String, ParameterValue> read(String text) throws MalformedFrameException {
        if (text.isEmpty()) {
            return Map.of();
        }
        Map<String, ParameterValue> parameters = new LinkedHashMap<>();
        try (JsonParser in = JSON.createParser(text)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedFrameException("parameters that are no JSON object: " + text);
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                in.nextToken();
                parameters.put(name, value(in));
            }
            if (in.nextToken() != null) {
                throw new MalformedFrameException("parameters that are more than one JSON object: " + text);
            }
            return parameters;
        } catch (MalformedFrameException e) {
            throw e;
        } catch (IOException e) {
            throw new MalformedFrameException("parameters that are no JSON: " + e.getMessage());
        }
    }

    private static ParameterValue value(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_STRING -> new ParameterValue.Text(in.getText());
            case VALUE_NUMBER_INT -> new ParameterValue.Int(in.getLongValue());
            case VALUE_NUMBER_FLOAT -> new ParameterValue.Real(in.getDoubleValue());
            case VALUE_TRUE -> new ParameterValue.Flag(true);
            case VALUE_FALSE -> new ParameterValue.Flag(false);
            default -> throw new MalformedFrameException("a parameter is " + in.currentToken()
                    + " (expected a string, a number or a boolean)");
        };
    }
}
