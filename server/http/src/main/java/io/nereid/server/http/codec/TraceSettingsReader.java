package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.server.tracing.TraceSettingsUpdate;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@code POST .../trace/setting} is to change. Codes and texts are Triton's (docs/compatibility.md). */
public final class TraceSettingsReader {
    private TraceSettingsReader() {}

    /**
     * The change that is asked for; null clears a setting.
     *
     * @throws InferenceException INTERNAL if that is no JSON object or a value has the wrong type, INVALID_ARG if one
     *     cannot be, UNSUPPORTED for the file
     */
    public static TraceSettingsUpdate read(MemorySegment body) throws InferenceException {
        ControlObject object = ControlObject.settings(body);
        TraceSettingsUpdate update = TraceSettingsUpdate.NONE;
        while (object.next()) {
            if (object.name().equals(TraceSettingsUpdate.FILE)) {
                throw TraceSettingsUpdate.fileIsFixed();
            }
            update = object.isNull() ? update.clear(object.name()) : with(update, object);
        }
        return update;
    }

    private static TraceSettingsUpdate with(TraceSettingsUpdate update, ControlObject object)
            throws InferenceException {
        JsonScanner value = object.value();
        return switch (object.name()) {
            case TraceSettingsUpdate.LEVEL -> update.withLevels(strings(value));
            case TraceSettingsUpdate.RATE, TraceSettingsUpdate.COUNT, TraceSettingsUpdate.LOG_FREQUENCY -> update
                    .with(object.name(), value.string(""));
            default -> {
                value.skip(); // Triton looks for the names it knows
                yield update;
            }
        };
    }

    private static List<String> strings(JsonScanner value) throws InferenceException {
        if (value.peek() != JsonKind.ARRAY) {
            throw JsonScanner.mismatch("", "non-array as array");
        }
        List<String> all = new ArrayList<>();
        for (boolean more = value.enterArray(); more; more = value.nextElement()) {
            all.add(value.string(""));
        }
        return all;
    }
}
