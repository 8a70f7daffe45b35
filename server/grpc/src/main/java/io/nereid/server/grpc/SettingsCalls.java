package io.nereid.server.grpc;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.proto.LogSettingsRequest;
import io.nereid.server.grpc.proto.LogSettingsResponse;
import io.nereid.server.grpc.proto.TraceSettingRequest;
import io.nereid.server.grpc.proto.TraceSettingResponse;
import io.nereid.server.logging.LogSettings;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.tracing.TraceService;
import io.nereid.server.tracing.TraceSettingsUpdate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The calls that read and change the settings of traces and of the log. Thread-safe. */
record SettingsCalls(TraceService traces, LogSettings logging) {
    private static final List<String> NUMBERS = List.of(TraceSettingsUpdate.RATE, TraceSettingsUpdate.COUNT,
            TraceSettingsUpdate.LOG_FREQUENCY);

    TraceSettingResponse trace(TraceSettingRequest request) throws InferenceException {
        traces.checkModel(request.getModelName());
        Map<String, List<String>> shown = traces.apply(request.getModelName(), update(request.getSettingsMap()));
        TraceSettingResponse.Builder response = TraceSettingResponse.newBuilder();
        shown.forEach((name, values) -> response.putSettings(name,
                TraceSettingResponse.SettingValue.newBuilder().addAllValue(values).build()));
        return response.build();
    }

    private static TraceSettingsUpdate update(Map<String, TraceSettingRequest.SettingValue> asked)
            throws InferenceException {
        if (asked.containsKey(TraceSettingsUpdate.FILE)) {
            throw TraceSettingsUpdate.fileIsFixed();
        }
        TraceSettingsUpdate update = TraceSettingsUpdate.NONE;
        for (Map.Entry<String, TraceSettingRequest.SettingValue> setting : asked.entrySet()) {
            String name = setting.getKey();
            List<String> values = setting.getValue().getValueList();
            if (values.isEmpty()) {
                update = update.clear(name);
            } else if (name.equals(TraceSettingsUpdate.LEVEL)) {
                update = update.withLevels(values);
            } else if (NUMBERS.contains(name)) {
                update = update.with(name, only(name, values));
            }
        }
        return update;
    }

    private static String only(String name, List<String> values) throws InferenceException {
        if (values.size() != 1) {
            throw invalid("expect only 1 value for '" + name + "'");
        }
        return values.getFirst();
    }

    LogSettingsResponse log(LogSettingsRequest request) throws InferenceException {
        List<UnaryOperator<LoggingConfig>> changes = new ArrayList<>();
        for (Map.Entry<String, LogSettingsRequest.SettingValue> setting : request.getSettingsMap().entrySet()) {
            changes.add(change(setting.getKey(), setting.getValue())); // all are checked before any holds
        }
        return response(changes.isEmpty() ? logging.current() : logging.update(settings -> {
            LoggingConfig changed = settings;
            for (UnaryOperator<LoggingConfig> change : changes) {
                changed = change.apply(changed);
            }
            return changed;
        }));
    }

    private static UnaryOperator<LoggingConfig> change(String name, LogSettingsRequest.SettingValue value)
            throws InferenceException {
        return switch (name) {
            case LogSettings.FILE -> throw LogSettings.fileIsFixed();
            case LogSettings.INFO -> {
                boolean on = bool(name, value);
                yield settings -> settings.withInfo(on);
            }
            case LogSettings.WARNING -> {
                boolean on = bool(name, value);
                yield settings -> settings.withWarning(on);
            }
            case LogSettings.ERROR -> {
                boolean on = bool(name, value);
                yield settings -> settings.withError(on);
            }
            case LogSettings.VERBOSE -> {
                int verbose = number(name, value);
                yield settings -> settings.withVerbose(verbose);
            }
            case LogSettings.FORMAT -> {
                LoggingConfig.Format format = LogSettings.format(name, text(name, value), ErrorCode.INVALID_ARG);
                yield settings -> settings.withFormat(format);
            }
            default -> settings -> settings;
        };
    }

    private static boolean bool(String name, LogSettingsRequest.SettingValue value) throws InferenceException {
        if (!value.hasBoolParam()) {
            throw invalid("expect boolean for '" + name + "'");
        }
        return value.getBoolParam();
    }

    private static int number(String name, LogSettingsRequest.SettingValue value) throws InferenceException {
        if (!value.hasUint32Param()) {
            throw invalid("expect int32 for '" + name + "'");
        }
        return (int) Math.min(Integer.MAX_VALUE, Integer.toUnsignedLong(value.getUint32Param()));
    }

    private static String text(String name, LogSettingsRequest.SettingValue value) throws InferenceException {
        if (!value.hasStringParam()) {
            throw invalid("expect string for '" + name + "'");
        }
        return value.getStringParam();
    }

    private static LogSettingsResponse response(LoggingConfig shown) {
        return LogSettingsResponse.newBuilder()
                .putSettings(LogSettings.FILE, text(shown.file().map(Path::toString).orElse("")))
                .putSettings(LogSettings.INFO, bool(shown.info()))
                .putSettings(LogSettings.WARNING, bool(shown.warning()))
                .putSettings(LogSettings.ERROR, bool(shown.error()))
                .putSettings(LogSettings.VERBOSE,
                        LogSettingsResponse.SettingValue.newBuilder().setUint32Param(shown.verbose()).build())
                .putSettings(LogSettings.FORMAT, text(shown.format().word())).build();
    }

    private static LogSettingsResponse.SettingValue bool(boolean value) {
        return LogSettingsResponse.SettingValue.newBuilder().setBoolParam(value).build();
    }

    private static LogSettingsResponse.SettingValue text(String value) {
        return LogSettingsResponse.SettingValue.newBuilder().setStringParam(value).build();
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
