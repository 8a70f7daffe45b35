package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;

import java.lang.foreign.MemorySegment;

/** Reads what a cloud platform says when it loads a model: {@code {"model_name", "url"}}. Free of state. */
public final class PlatformLoadReader {
    private PlatformLoadReader() {}

    /**
     * A model to load.
     *
     * @param model what the platform calls it; empty where it does not say
     * @param url the folder it is in; empty where it does not say
     */
    public record Load(String model, String url) {}

    /**
     * Reads it.
     *
     * @throws InferenceException INTERNAL if that is no JSON, or a value is no text; INVALID_ARG if it is very long
     */
    public static Load read(MemorySegment body) throws InferenceException {
        try {
            return read(ControlObject.load(body));
        } catch (InferenceException e) {
            throw BodyKind.explain(e, body, "{\"model_name\":...,\"url\":...}");
        }
    }

    /** The first of a name counts. */
    private static Load read(ControlObject object) throws InferenceException {
        String model = "";
        String url = "";
        while (object.next()) {
            if (object.name().equals("model_name") && model.isEmpty()) {
                model = object.value().string("");
            } else if (object.name().equals("url") && url.isEmpty()) {
                url = object.value().string("");
            } else {
                object.value().skip();
            }
        }
        return new Load(model, url);
    }
}
