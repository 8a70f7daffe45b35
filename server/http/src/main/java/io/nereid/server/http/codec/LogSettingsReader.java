package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.logging.LogSettings;
import io.nereid.server.logging.LoggingConfig;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads what {@code POST /v2/logging} is to change. Codes are Triton's (docs/compatibility.md). */
public final class LogSettingsReader {
    private LogSettingsReader() {}

    /**
     * The change that is asked for; null values ask for none.
     *
     * @throws InferenceException INTERNAL if that is no JSON object or a value has the wrong type, UNSUPPORTED for
     *             the file, UNAVAILABLE for a format that there is not
     */
    public static UnaryOperator<LoggingConfig> read(MemorySegment body) throws InferenceException {
        ControlObject object = ControlObject.settings(body);
        List<UnaryOperator<LoggingConfig>> changes = new ArrayList<>();
        while (object.next()) {
            if (!object.isNull()) {
                changes.add(change(object));
            }
        }
        return settings -> {
            LoggingConfig changed = settings;
            for (UnaryOperator<LoggingConfig> change : changes) {
                changed = change.apply(changed);
            }
            return changed;
        };
    }

    private static UnaryOperator<LoggingConfig> change(ControlObject object) throws InferenceException {
        JsonScanner value = object.value();
        return switch (object.name()) {
            case LogSettings.FILE -> throw LogSettings.fileIsFixed();
            case LogSettings.INFO -> {
                boolean on = value.bool("");
                yield settings -> settings.withInfo(on);
            }
            case LogSettings.WARNING -> {
                boolean on = value.bool("");
                yield settings -> settings.withWarning(on);
            }
            case LogSettings.ERROR -> {
                boolean on = value.bool("");
                yield settings -> settings.withError(on);
            }
            case LogSettings.VERBOSE -> {
                int verbose = (int) Math.min(Integer.MAX_VALUE, unsigned(value));
                yield settings -> settings.withVerbose(verbose);
            }
            case LogSettings.FORMAT -> {
                LoggingConfig.Format format = LogSettings.format("--log_format", value.string(""),
                        ErrorCode.UNAVAILABLE);
                yield settings -> settings.withFormat(format);
            }
            default -> {
                value.skip(); // Triton looks for the names it knows
                yield settings -> settings;
            }
        };
    }

    private static long unsigned(JsonScanner value) throws InferenceException {
        long number = value.unsigned("");
        return number < 0 ? Long.MAX_VALUE : number;
    }
}
