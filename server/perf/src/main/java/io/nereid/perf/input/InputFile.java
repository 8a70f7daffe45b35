package io.nereid.perf.input;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A JSON file of inputs, in perf_analyzer's form: {@code "data"} is a list of steps, or of streams, which are lists of
 * steps; a step has a value for each input. Reads it once, from front to end, and encodes values as they come.
 */
final class InputFile {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
            .build();

    private final Map<String, ModelTensor> inputs;
    private final InputStreams streams;
    private final JsonParser parser;

    private InputFile(List<ModelTensor> inputs, InputStreams streams, JsonParser parser) {
        this.inputs = inputs.stream().collect(Collectors.toMap(ModelTensor::name, Function.identity()));
        this.streams = streams;
        this.parser = parser;
    }

    /** Adds what the file holds to the streams. */
    static void read(Path file, List<ModelTensor> inputs, InputStreams streams) throws InputException {
        try (JsonParser parser = FACTORY.createParser(file.toFile())) {
            new InputFile(inputs, streams, parser).document();
        } catch (JacksonException problem) {
            throw new InputException(file + ": line " + problem.getLocation().getLineNr() + ": not JSON as it was "
                    + "expected: " + problem.getOriginalMessage());
        } catch (IOException problem) {
            throw new InputException(file + ": cannot be read: " + problem);
        } catch (InputException problem) {
            throw new InputException(file + ": " + problem.getMessage());
        }
    }

    private void document() throws IOException, InputException {
        expect(parser.nextToken() == JsonToken.START_OBJECT, "an object with the member \"data\"");
        boolean found = false;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals("data")) {
                found = true;
                data();
            } else if (name.equals("validation_data")) {
                throw new InputException("validation_data: outputs are not compared (leave it out)");
            } else {
                parser.skipChildren();
            }
        }
        expect(found, "an object with the member \"data\"");
    }

    private void data() throws IOException, InputException {
        expect(parser.currentToken() == JsonToken.START_ARRAY, "data: a list of steps, or of lists of steps");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_ARRAY) {
                streams.addStream(steps());
            } else {
                streams.addStep(step());
            }
        }
    }

    private List<List<InputTensor>> steps() throws IOException, InputException {
        List<List<InputTensor>> steps = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            steps.add(step());
        }
        return steps;
    }

    private List<InputTensor> step() throws IOException, InputException {
        expect(parser.currentToken() == JsonToken.START_OBJECT, "a step: an object with a value for each input");
        List<InputTensor> tensors = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            ModelTensor input = inputs.get(name);
            if (input == null) {
                throw expected("an input of the model instead of " + name);
            }
            parser.nextToken();
            tensors.add(new InputValue(parser, input).read());
        }
        return tensors;
    }

    private void expect(boolean holds, String what) throws InputException {
        if (!holds) {
            throw expected(what);
        }
    }

    private InputException expected(String what) {
        return new InputException("line " + parser.currentLocation().getLineNr() + ": expected " + what);
    }
}
